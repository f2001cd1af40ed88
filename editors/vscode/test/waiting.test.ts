import assert from "node:assert/strict";
import { test } from "node:test";
import { Answers, gate } from "../src/session/waiting";

test("an answer is the event with its id and its type; others are not it", async () => {
  const answers = new Answers();
  const answer = answers.wait("1", "grant_list", () => Promise.resolve());
  assert.equal(answers.settle("2", { type: "grant_list", grants: [] }), undefined);
  assert.equal(answers.settle("1", { type: "task_started" }), undefined);
  assert.equal(answers.settle("1", { type: "grant_list", grants: [] }), "answered");
  assert.deepEqual(await answer, { type: "grant_list", grants: [] });
  assert.equal(answers.settle("1", { type: "error", message: "late" }), undefined);
});

test("it fails with the error of the server, with what sending fails with, or when the server is gone", async () => {
  const answers = new Answers();
  const refused = answers.wait("1", "grant_list", () => Promise.resolve());
  assert.equal(answers.settle("1", { type: "error", message: "no such session" }), "failed");
  await assert.rejects(refused, /no such session/);
  await assert.rejects(answers.wait("2", "grant_list", () => Promise.reject(new Error("not sent"))), /not sent/);
  const waiting = answers.wait("3", "grant_list", () => Promise.resolve());
  answers.fail(new Error("the server has ended"));
  await assert.rejects(waiting, /has ended/);
});

test("a gate opens once, for all who wait and all who come", async () => {
  const { promise, done } = gate();
  done();
  done();
  await promise;
  await promise;
});

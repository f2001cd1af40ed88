import assert from "node:assert/strict";
import { test } from "node:test";
import { find, type Surroundings } from "../src/server/binary";
import { howItEnded, Restarts } from "../src/server/restarts";
import { fit, mismatch } from "../src/server/version";

function around(programs: string[], more: Partial<Surroundings> = {}): Surroundings {
  return {
    setting: "",
    extension: "/ext",
    platform: "linux",
    path: "/usr/bin:relative:/opt/bin",
    home: "/home/me",
    look: (path) => (programs.includes(path) ? "program" : path === "/a/text" ? "other" : "nothing"),
    ...more,
  };
}

test("the program that came along is taken before one on the PATH", () => {
  assert.deepEqual(find(around(["/ext/bin/tiro", "/opt/bin/tiro"])), { path: "/ext/bin/tiro", from: "extension" });
  assert.deepEqual(find(around(["/opt/bin/tiro"])), { path: "/opt/bin/tiro", from: "path" });
});

test("what the person set is taken before all others, or is a problem", () => {
  const programs = ["/ext/bin/tiro", "/home/me/tiro", "/usr/bin/tiro-next"];
  assert.deepEqual(find(around(programs, { setting: "~/tiro" })), { path: "/home/me/tiro", from: "setting" });
  assert.deepEqual(find(around(programs, { setting: "tiro-next" })), { path: "/usr/bin/tiro-next", from: "setting" });
  const problem = (setting: string): string => {
    const found = find(around(programs, { setting }));
    return "problem" in found ? found.problem : "";
  };
  assert.match(problem("/nowhere/tiro"), /no such program/);
  assert.match(problem("./tiro"), /no absolute path/);
  assert.match(problem("/a/text"), /not a program that can be run/);
  assert.match(problem("other"), /on the PATH/);
});

test("a folder of the PATH that is not absolute is not looked into", () => {
  const found = find(around(["relative/tiro"]));
  assert.ok("problem" in found);
  assert.match(found.problem, /tiro\.server\.path/);
});

test("on Windows a program ends in .exe", () => {
  const windows = around(["C:\\tools\\tiro.exe"], { platform: "win32", path: "C:\\tools;D:\\x", extension: "C:\\ext" });
  assert.deepEqual(find(windows), { path: "C:\\tools\\tiro.exe", from: "path" });
});

test("versions are compared by their numbers", () => {
  assert.equal(fit("0.1.0", "0.1.0"), "same");
  assert.equal(fit("0.1.0-dev+5", "0.1.0"), "same");
  assert.equal(fit("0.9.9", "0.10.0"), "older");
  assert.equal(fit("1.0.0", "0.10.0"), "newer");
  assert.equal(fit(undefined, "0.1.0"), "unknown");
  assert.equal(mismatch("0.1.0", "0.1.0"), undefined);
  assert.match(mismatch("0.0.9", "0.1.0") ?? "", /0\.0\.9.*0\.1\.0.*update the server/);
  assert.match(mismatch("0.2.0", "0.1.0") ?? "", /update the extension/);
});

test("a server that ends again and again is started later each time, and then no more", () => {
  const restarts = new Restarts();
  const delays = [1, 2, 3, 4, 5, 6].map((now) => {
    restarts.ready(now);
    return restarts.ended(now);
  });
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, undefined]);
});

test("one that lived for long, or that the person started, is the first of a new row", () => {
  const restarts = new Restarts();
  restarts.ended(0);
  restarts.ended(1);
  restarts.ready(10);
  assert.equal(restarts.ended(70_011), 500);
  restarts.begin();
  assert.equal(restarts.ended(70_012), 500);
});

test("how a process ended is said in words", () => {
  assert.equal(howItEnded(1, null), "with the exit code 1");
  assert.equal(howItEnded(null, "SIGKILL"), "by the signal SIGKILL");
});

;;; comment.el --- A comment for the agent  -*- lexical-binding: t; -*-

(let* ((buffer (person-open "add.sh"))
       (before (person-text)))
  (forward-line 3)
  (insert "  # why minus AI?\n")
  (forward-line -1)
  (person-act "Tiro: answer this comment")
  (person-wait-for "the answer" (lambda () (person-contains person-told "Somebody mistyped it.")))
  (person-wait-for "the comment to go" (lambda () (equal (person-text buffer) before)))
  (person-leave))

;;; started.el --- A comment is taken up as it is typed  -*- lexical-binding: t; -*-

;; What the page says of comments that are started at once.
(setq-default eglot-workspace-configuration '(:tiro (:comments "start")))

(let* ((buffer (person-open "add.sh"))
       (before (person-text)))
  (forward-line 3)
  (insert "  # why minus AI?\n")
  (person-wait-for "the answer" (lambda () (person-contains person-told "Somebody mistyped it.")))
  (person-wait-for "the comment to go" (lambda () (equal (person-text buffer) before)))
  (person-leave))

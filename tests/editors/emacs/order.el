;;; order.el --- A comment is done by a patch  -*- lexical-binding: t; -*-

(let* ((buffer (person-open "add.sh"))
       (before (person-text))
       typed)
  (forward-line 3)
  (insert "  # add, do not subtract AI!\n")
  (undo-boundary)
  (setq typed (person-text))
  (forward-line -1)
  (person-act "Tiro: do what this comment says")
  (person-wait-for "the answer" (lambda () (person-contains person-told "It adds now.")))
  (person-assert (equal (person-text buffer) (string-replace "$1 - $2" "$1 + $2" before))
                 "Not what was ordered: %s" (person-text buffer))
  (with-current-buffer buffer
    (person-undo)
    (person-assert (equal (person-text) typed) "One undo does not take it back: %s" (person-text)))
  (person-leave))

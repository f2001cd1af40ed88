;;; approve.el --- Dialogs, a dismissed one, an edit and its undo  -*- lexical-binding: t; -*-

(let* ((buffer (person-open "add.sh"))
       (source (person-text))
       (commands 0))
  (buffer-enable-undo)
  (setq person-answer
        (lambda (prompt titles)
          (cond ((string-search "sh test.sh" prompt)
                 (cl-incf commands)
                 ;; The second time the dialog is closed without an answer.
                 (when (= commands 1) (car titles)))
                (t (car titles)))))
  (tiro "ask" "make the test pass")
  (person-wait-for "the dialog that is dismissed" (lambda () (= commands 2)))
  (person-assert (string-search "$1 + $2" (person-text buffer)) "Not patched: %s" (person-text buffer))
  (tiro "approve")
  (person-wait-for "the answer" (lambda () (person-contains person-told "The sign was wrong.")))
  (with-current-buffer buffer
    (undo)
    (person-assert (equal (person-text) source) "One undo does not take it back: %s" (person-text)))
  (person-leave))

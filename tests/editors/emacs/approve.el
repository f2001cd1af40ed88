;;; approve.el --- Dialogs, a dismissed one, an edit and its undo  -*- lexical-binding: t; -*-

(let ((buffer (person-open "add.sh"))
      (commands 0)
      typed)
  (search-forward "# adds")
  (insert ": typed and not saved")
  (undo-boundary)
  (setq typed (person-text))
  (setq person-answer
        (lambda (prompt titles)
          (cond ;; The command would see the older text: save, and it goes on.
                ((string-search "unsaved" prompt)
                 (with-current-buffer buffer (save-buffer))
                 nil)
                ((string-search "sh test.sh" prompt)
                 (cl-incf commands)
                 ;; The second time the dialog is closed without an answer.
                 (when (= commands 1) (car titles)))
                (t (car titles)))))
  (tiro "ask" "make the test pass")
  (person-wait-for "the dialog that is dismissed" (lambda () (= commands 2)))
  (person-assert (string-search "$1 + $2" (person-text buffer)) "Not patched: %s" (person-text buffer))
  (with-current-buffer buffer (person-act "Tiro: Run once"))
  (person-wait-for "the answer" (lambda () (person-contains person-told "The sign was wrong.")))
  (with-current-buffer buffer
    (person-undo)
    (person-assert (equal (person-text) typed) "One undo does not take it back: %s" (person-text)))
  (person-leave))

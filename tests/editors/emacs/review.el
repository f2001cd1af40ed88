;;; review.el --- Changes are decided on in the text  -*- lexical-binding: t; -*-

(let* ((buffer (person-open "lines.txt"))
       (before (person-text)))
  (cl-flet ((changes () (with-current-buffer buffer
                          (flymake-start)
                          (cl-remove-if-not
                           (lambda (it) (string-prefix-p "tiro" (flymake-diagnostic-text it)))
                           (flymake-diagnostics)))))
    ;; The dialog about the whole patch is dismissed: it is decided in the text.
    (setq person-answer #'ignore)
    (tiro "ask" "shout")
    (person-wait-for "two changes" (lambda () (= (length (changes)) 2)))
    (goto-char (point-min))
    (flymake-goto-next-error)
    (person-assert (= (line-number-at-pos) 2) "The next change is in line %s" (line-number-at-pos))
    (person-act "Tiro: accept this change")
    ;; What is decided of one patch is made together, as one edit.
    (person-wait-for "what is left to decide" (lambda () (person-contains person-told "1 is left")))
    (flymake-goto-next-error)
    (person-assert (= (line-number-at-pos) 11) "The next change is in line %s" (line-number-at-pos))
    (person-act "Tiro: reject this change")
    (person-wait-for "the answer" (lambda () (person-contains person-told "As you wish.")))
    (person-wait-for "no change to be left" (lambda () (null (changes))))
    (person-assert (equal (person-text buffer) (string-replace "two" "TWO" before))
                   "Not what was decided: %s" (person-text buffer))
    (person-undo)
    (person-assert (equal (person-text buffer) before)
                   "One undo does not take it back: %s" (person-text buffer)))
  (person-leave))

;;; chat.el --- A chat is a document  -*- lexical-binding: t; -*-

(let ((buffer (person-open "talk.tiro.md")))
  (cl-flet ((has (words) (string-search words (person-text buffer))))
    (insert "## You\n\nwhat does add do?\n")
    (person-act "Tiro: send")
    (person-wait-for "the first part of the answer" (lambda () (has "The first part.")))
    (person-assert (not (has "The second part.")) "All at once: %s" (person-text buffer))
    (goto-char (point-min))
    (search-forward "add do?")
    (insert " (typed meanwhile)")
    (person-say "first")
    (person-wait-for "the second part of the answer"
                     (lambda () (has "The first part. The second part.")))
    (person-wait-for "a place for the next question"
                     (lambda () (string-match-p "## You\\(.\\|\n\\)*## You" (person-text buffer))))
    (person-assert (has "(typed meanwhile)") "It is lost: %s" (person-text buffer)))
  (person-leave))

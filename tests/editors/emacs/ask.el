;;; ask.el --- A question, and its answer  -*- lexical-binding: t; -*-

(person-open "add.sh")
(tiro "ask" "what does this do?")
;; This eglot shows no documents, so the answer is a message.
(person-wait-for "the answer" (lambda () (person-contains person-told "It subtracts.")))
(forward-line 3)
(person-act "Tiro: explain this")
(person-wait-for "the second answer"
                 (lambda () (person-contains person-told "Minus is subtraction.")))
(person-leave)

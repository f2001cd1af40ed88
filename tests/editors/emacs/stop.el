;;; stop.el --- A task is ended by a code action  -*- lexical-binding: t; -*-

(person-open "add.sh")
(tiro "ask" "go")
(person-wait-for "the model to be asked"
                 (lambda () (file-exists-p (expand-file-name "asked" (getenv "TIRO_OUTSIDE")))))
(person-act "Tiro: stop")
(person-wait-for "the end of the task"
                 (lambda () (not (person-contains (person-offered) "Tiro: stop"))))
(person-say "stopped")
(tiro "ask" "go on")
(person-wait-for "the answer" (lambda () (person-contains person-told "I am here again.")))
(person-leave)

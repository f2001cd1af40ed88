;;; stop.el --- A task is ended by a code action  -*- lexical-binding: t; -*-

(person-open "add.sh")
(tiro "ask" "go")
(person-act "Tiro: stop")
(person-wait-for "the end of the task"
                 (lambda () (not (person-contains (person-offered) "Tiro: stop"))))
(person-say "stopped")
(tiro "ask" "go on")
(person-wait-for "the answer" (lambda () (person-contains person-told "I am here again.")))
(person-leave)

;;; person.el --- What a person does in Emacs  -*- lexical-binding: t; -*-

;; Opens a file, looks, answers, chooses; loaded before the script of a job.  The
;; set-up is that of the page, copied.  Any error ends Emacs with a status other
;; than 0.

;;; Code:

(setq native-comp-deferred-compilation nil
      native-comp-jit-compilation nil
      make-backup-files nil
      create-lockfiles nil
      debug-on-error nil
      ;; What a command was started with; a mouse would bring up a menu.
      last-nonmenu-event ?x)
(require 'cl-lib)
(load (getenv "TIRO_SET_UP") nil t t)

(defvar person-asked nil "The dialogs so far, newest first: (PROMPT . TITLES).")
(defvar person-told nil "What the server showed as messages, newest first.")
(defvar person-logged nil "What it logged, newest first.")

(defvar person-answer (lambda (_prompt titles) (car titles))
  "Gives the title that is chosen, or nil to dismiss the dialog.")

(defun person-choose (prompt table &rest _)
  "Answer PROMPT, which offers what is in TABLE, as `person-answer' says."
  (let ((titles (all-completions "" table)))
    (push (cons prompt titles) person-asked)
    (or (funcall person-answer prompt titles)
        ;; C-g in a dialog that a message of the server brought up: the way out
        ;; leads past eglot, which never answers then.
        (throw 'person-quits nil))))
(setq completing-read-function #'person-choose)
(advice-add 'y-or-n-p :override
            (lambda (prompt) (push (list prompt) person-asked) t))

(cl-defmethod eglot-handle-notification :before
  (_server (_method (eql window/showMessage)) &key message &allow-other-keys)
  (push message person-told))
(cl-defmethod eglot-handle-notification :before
  (_server (_method (eql window/logMessage)) &key message &allow-other-keys)
  (push message person-logged))

(defvar person-moved 0 "When the cursor was last moved, in seconds.")

(defun person-idle ()
  "Do what Emacs does when it is idle: batch mode never is."
  ;; What follows an answer in one piece of output waits in jsonrpc.el (before
  ;; Emacs 30) until there is more; ElDoc asks when the cursor moves, which brings
  ;; it.
  (when (and (eglot-managed-p) (> (float-time) (+ person-moved 0.5)))
    (setq person-moved (float-time))
    (eglot-hover-eldoc-function #'ignore))
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and (bound-and-true-p eglot--managed-mode) eglot--recent-changes)
        (eglot--signal-textDocument/didChange)))))

(defun person-wait-for (what holds)
  "Wait until HOLDS gives something, which is returned; WHAT names it."
  (let ((end (+ (float-time) 60)) found)
    (while (not (setq found (funcall holds)))
      (when (> (float-time) end)
        (error "Waited in vain for %s; asked %S; told %S; logged %S"
               what person-asked person-told person-logged))
      (person-idle)
      (catch 'person-quits (accept-process-output nil 0.02)))
    found))

(defun person-say (point)
  "Tell the test that the script has come to POINT."
  (send-string-to-terminal (concat point "\n")))

(defun person-open (name)
  "Visit the file NAME of the project, and wait for the server."
  (find-file (expand-file-name name))
  (run-hooks 'post-command-hook)
  (person-wait-for "the server" #'eglot-managed-p)
  (flymake-mode 1)
  (current-buffer))

(defun person-text (&optional buffer)
  "The text of BUFFER."
  (with-current-buffer (or buffer (current-buffer))
    (buffer-substring-no-properties (point-min) (point-max))))

(defun person-contains (list words)
  "The first string in LIST that has these WORDS."
  (cl-find-if (lambda (entry) (string-search words entry)) list))

(defun person-offered ()
  "The titles of the code actions at point."
  (person-idle)
  (mapcar (lambda (action) (plist-get action :title))
          (eglot-code-actions (point) (point))))

(defun person-act (words)
  "Wait until a code action with these WORDS is offered at point, and take it."
  (let* ((title (person-wait-for (concat "the code action " words)
                                 (lambda () (person-contains (person-offered) words))))
         (answer person-answer)
         (person-answer (lambda (prompt titles)
                          (if (member title titles) title (funcall answer prompt titles)))))
    (eglot-code-actions (point) (point) nil t)))

(defun person-assert (holds format &rest values)
  "Fail unless HOLDS, with FORMAT and VALUES."
  (unless holds (apply #'error format values)))

(defun person-undo ()
  "Undo once in the current buffer, as a command of its own."
  (undo-boundary)
  (undo))

(defun person-leave ()
  "End the server and Emacs."
  (let ((server (eglot-current-server)))
    (eglot-shutdown server)
    (person-assert (not (jsonrpc-running-p server)) "The server runs on"))
  (set-buffer-modified-p nil)
  (kill-emacs 0))

;;; person.el ends here

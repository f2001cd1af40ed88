//! What a person asks of the sessions on disk: which there are, and to go on with
//! one. What is said while one is being resumed is said to that one.

use tiro_protocol::EventMsg;

use super::{Session, SubmitError, models::Model};
use crate::session::store::{Answer, Resumed};

impl Session {
    pub(super) fn check_resume(&self) -> Result<(), SubmitError> {
        let waits = matches!(&self.model, Model::Looking(search) if search.has_input());
        if self.task.is_some() || waits || !self.held.is_empty() {
            return Err(SubmitError::WrongState(
                "a task is running; wait until it has ended, or interrupt it, and resume then"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) fn list_sessions(&mut self, id: &str) {
        let sent = self.runner.store.list(id.to_owned());
        self.await_store(id, sent);
    }

    pub(super) fn resume_session(&mut self, id: &str, session: String, turns: Option<usize>) {
        let sent = self.runner.store.resume(id.to_owned(), session, turns);
        if sent {
            self.resuming += 1;
        }
        self.await_store(id, sent);
    }

    fn await_store(&mut self, id: &str, sent: bool) {
        if sent {
            self.asked += 1;
        } else {
            let message = "the sessions on disk cannot be reached; restart tiro".to_owned();
            self.emit(id, EventMsg::Error { message });
        }
    }

    pub(super) fn store_answered(&mut self, answer: Answer) {
        match answer {
            Answer::Told(message) => self.emit("", EventMsg::BackgroundEvent { message }),
            Answer::Listed { id, sessions, told } => {
                self.asked = self.asked.saturating_sub(1);
                self.tell(&id, told);
                self.emit(&id, EventMsg::SessionList { sessions });
            }
            Answer::Resumed { id, result } => {
                self.asked = self.asked.saturating_sub(1);
                self.resuming = self.resuming.saturating_sub(1);
                match result {
                    Ok(resumed) => self.resumed(&id, resumed),
                    Err(message) => self.not_resumed(&id, message),
                }
                if self.resuming == 0 {
                    for (id, items) in std::mem::take(&mut self.held) {
                        self.user_input(id, items);
                    }
                }
            }
        }
    }

    fn tell(&mut self, id: &str, told: Vec<String>) {
        for message in told {
            self.emit(id, EventMsg::BackgroundEvent { message });
        }
    }

    /// Another conversation is in the place of the present one. What was allowed
    /// in either is asked about again.
    fn resumed(&mut self, id: &str, resumed: Resumed) {
        let Resumed { session, model, items, events, cut, told } = resumed;
        self.runner.store.goes_on_as(&session);
        self.history = items;
        let usage = events.iter().rev().find_map(|event| match &event.msg {
            EventMsg::TokenCount(usage) => Some(*usage),
            _ => None,
        });
        self.usage = usage.unwrap_or_default();
        self.tell(id, told);
        let before = std::mem::take(&mut self.grants);
        if !before.list().is_empty() {
            self.list_grants(id);
        }
        let cut = (cut > 0).then_some(cut);
        self.emit(id, EventMsg::SessionResumed { session, model, events, cut });
    }

    /// What was said meanwhile was meant for another conversation.
    fn not_resumed(&mut self, id: &str, message: String) {
        for (said, _) in std::mem::take(&mut self.held) {
            let message = "this was not asked, as the session that it is for could not be resumed";
            self.emit(&said, EventMsg::Error { message: message.to_owned() });
        }
        self.emit(id, EventMsg::Error { message });
    }
}

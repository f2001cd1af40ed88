//! Which model the session talks to: how it is configured, looked for, found.

use std::{collections::VecDeque, sync::Arc};

use tiro_protocol::{EventMsg, InputItem, Op};

use super::Session;
use crate::{
    model::{Discovered, ModelClient},
    session::turn::Input,
};

/// Whether a model can be asked.
pub(super) enum Model {
    /// Nobody has said which.
    Unconfigured,
    /// A provider is being looked for.
    Looking(Search),
    /// Here it is.
    Ready(Arc<ModelClient>),
    /// None was found; it is looked for again at the next input.
    NotFound,
}

/// One search for a provider.
pub(super) struct Search {
    /// Tells its result from that of one before it.
    number: u64,
    /// The submission that wants it.
    id: String,
    /// What was said meanwhile waits for its end.
    waiting: VecDeque<(String, Vec<InputItem>)>,
}

impl Search {
    /// Whether something was said that waits for it.
    pub(super) fn has_input(&self) -> bool {
        !self.waiting.is_empty()
    }
}

impl Session {
    pub(super) fn configure_from_files(&mut self) {
        for message in self.setup.config.warnings.clone() {
            self.emit("", EventMsg::BackgroundEvent { message });
        }
        self.look_for_model("");
    }

    /// Takes `configure_session`, and ends the task of the old configuration.
    pub(super) fn configure(&mut self, id: &str, op: Op) {
        let Op::ConfigureSession {
            model,
            instructions,
            approval_policy,
            sandbox_policy,
            disable_response_storage,
        } = op
        else {
            return;
        };
        self.approval_policy = approval_policy;
        self.sandbox_policy = sandbox_policy;
        let config = &mut self.setup.config;
        config.model = Some(model);
        config.disable_response_storage = disable_response_storage;
        if instructions.is_some() {
            config.instructions = instructions;
        }
        // Before the task ends: what was said to it too late waits for the new
        // model instead of going to the old one.
        self.look_for_model(id);
        self.turn_input(Input::Interrupt);
    }

    /// Looks anew; what waits goes on waiting.
    pub(super) fn look_for_model(&mut self, id: &str) {
        let mut waiting = VecDeque::new();
        if let Model::Looking(search) = std::mem::replace(&mut self.model, Model::NotFound) {
            waiting = search.waiting;
            let message = "another configuration has taken the place of this one".to_owned();
            self.emit(&search.id, EventMsg::BackgroundEvent { message });
        }
        self.searches += 1;
        let (number, id) = (self.searches, id.to_owned());
        self.model = Model::Looking(Search { number, id, waiting });
        self.runner.find_model(number, self.setup.config.clone());
    }

    /// What waits for a model is not to be done any more.
    pub(super) fn stop_looking(&mut self) {
        if let Model::Looking(search) = &mut self.model {
            for (id, _) in std::mem::take(&mut search.waiting) {
                let message = "stopped before a model was found".to_owned();
                self.emit(&id, EventMsg::Error { message });
            }
        }
    }

    /// A person said something while no task runs.
    pub(super) fn ask(&mut self, id: String, items: Vec<InputItem>) {
        if matches!(self.model, Model::NotFound) {
            self.look_for_model(&id);
        }
        match &mut self.model {
            Model::Looking(search) => search.waiting.push_back((id, items)),
            Model::Ready(client) => {
                let client = Arc::clone(client);
                self.begin_task(id, items, client);
            }
            // Nothing is taken before the session is configured.
            Model::Unconfigured | Model::NotFound => {}
        }
    }

    pub(super) fn model_found(
        &mut self,
        number: u64,
        result: Result<(Discovered, ModelClient), String>,
    ) {
        let Model::Looking(search) = &mut self.model else { return };
        if search.number != number {
            return;
        }
        let (id, waiting) = (std::mem::take(&mut search.id), std::mem::take(&mut search.waiting));
        match result {
            Ok((found, client)) => {
                let model = client.model().to_owned();
                self.model = Model::Ready(Arc::new(client));
                let message =
                    format!("model {model} of {}, because {}", found.provider.name, found.how);
                self.emit(&id, EventMsg::BackgroundEvent { message });
                let provider = Some(found.provider.name);
                let session_id = self.runner.store.id();
                self.emit(&id, EventMsg::SessionConfigured { model, provider, session_id });
                for (id, items) in waiting {
                    self.user_input(id, items);
                }
            }
            Err(message) => {
                self.model = Model::NotFound;
                self.emit(&id, EventMsg::Error { message: message.clone() });
                for (waiting, _) in waiting.into_iter().filter(|(waiting, _)| *waiting != id) {
                    self.emit(&waiting, EventMsg::Error { message: message.clone() });
                }
            }
        }
    }
}

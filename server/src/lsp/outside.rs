//! What the front is told of things that it does not know itself: the models of
//! the provider, the settings as files and editor give them together, what works
//! on this machine. Whoever starts the server gives these.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use futures::future::BoxFuture;
use serde_json::Value;
use tiro_protocol::{AskForApproval, SandboxPolicy};

/// What is asked about.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The workspace folders at this moment; may be none.
    pub roots: Vec<PathBuf>,
    /// The editor's `ConfigOverrides`, as it sent them; null for none.
    pub settings: Value,
}

/// The models that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models {
    /// Whose they are.
    pub provider: String,
    /// Their names, in the provider's order.
    pub names: Vec<String>,
}

/// The settings that hold, over all the places where they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// None: it is found with the provider.
    pub model: Option<String>,
    /// Added to what the model is told.
    pub instructions: Option<String>,
    /// When a person is asked.
    pub approval_policy: AskForApproval,
    /// What commands may do.
    pub sandbox_policy: SandboxPolicy,
    /// Keep nothing at the provider.
    pub disable_response_storage: bool,
    /// Every other setting as text, by its key: they count when a session starts.
    pub others: BTreeMap<String, String>,
    /// What is wrong with the editor's part, for a person to read.
    pub warnings: Vec<String>,
}

type ReadSettings = dyn Fn(Surroundings) -> Result<Settings, String> + Send + Sync;
type ListModels = dyn Fn(Surroundings) -> BoxFuture<'static, Result<Models, String>> + Send + Sync;
type Examine = dyn Fn(Surroundings) -> BoxFuture<'static, Result<String, String>> + Send + Sync;

/// Who is asked.
#[derive(Clone)]
pub struct Outside {
    settings: Arc<ReadSettings>,
    models: Arc<ListModels>,
    doctor: Arc<Examine>,
}

impl Outside {
    /// `settings` may read files, so it runs on a thread where that holds nobody
    /// up. `models` and `doctor` may ask a server; `doctor` gives a text of lines.
    pub fn new(
        settings: impl Fn(Surroundings) -> Result<Settings, String> + Send + Sync + 'static,
        models: impl Fn(Surroundings) -> BoxFuture<'static, Result<Models, String>>
        + Send
        + Sync
        + 'static,
        doctor: impl Fn(Surroundings) -> BoxFuture<'static, Result<String, String>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let (settings, models, doctor) = (Arc::new(settings), Arc::new(models), Arc::new(doctor));
        Self { settings, models, doctor }
    }

    pub(super) async fn settings(&self, of: Surroundings) -> Result<Settings, String> {
        let settings = self.settings.clone();
        let read = tokio::task::spawn_blocking(move || settings(of)).await;
        read.unwrap_or_else(|error| Err(format!("the settings cannot be read: {error}")))
    }

    pub(super) async fn models(&self, of: Surroundings) -> Result<Models, String> {
        (self.models)(of).await
    }

    pub(super) async fn doctor(&self, of: Surroundings) -> Result<String, String> {
        (self.doctor)(of).await
    }
}

/// Nobody is there who could answer.
impl Default for Outside {
    fn default() -> Self {
        fn nobody<T>() -> Result<T, String> {
            Err("this server was started without".to_owned())
        }
        Self::new(
            |_| nobody(),
            |_| Box::pin(std::future::ready(nobody())),
            |_| Box::pin(std::future::ready(nobody())),
        )
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Outside")
    }
}

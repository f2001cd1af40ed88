//! The places where writing can fail, so that tests can make each of them fail.
//! In the product nothing does.

use std::{fmt, io, sync::Arc};

/// What happens at each place; nothing by default.
#[derive(Clone, Default)]
pub(super) struct Faults(Option<Arc<Fault>>);

type Fault = dyn Fn(&'static str) -> io::Result<()> + Send + Sync;

impl Faults {
    /// Before the operation of this name: it fails where this does.
    pub(super) fn at(&self, operation: &'static str) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |fault| fault(operation))
    }

    /// Calls `fault` at every place.
    #[cfg(test)]
    pub(super) fn new(
        fault: impl Fn(&'static str) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(fault)))
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Faults")
    }
}

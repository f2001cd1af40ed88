//! What the model can call: a closed set. Here are the declarations that the
//! model gets and the reading of its calls; who may run what is decided in
//! `session`, and the tools that only read live in the files below.

mod arguments;
pub mod bash;
pub mod location;
pub mod read_file;
pub mod search;
pub mod shell_patch;
mod spec;

#[cfg(test)]
pub(crate) mod test_workspace;

pub use arguments::{PlanArguments, ShellArguments, ToolRequest, read_call};
pub use spec::specs;

//! What the model can call: a closed set.

pub mod bash;
pub mod location;
pub mod read_file;
pub mod search;
pub mod shell_patch;

#[cfg(test)]
pub(crate) mod test_workspace;

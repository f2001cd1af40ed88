//! The front for editors: the only code that names LSP types.

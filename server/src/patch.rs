//! The formats in which a model writes changes, and how they fit a text.
//! Text in, `FileChange` out; pure.

//! The rules of a connection, over memory instead of pipes.

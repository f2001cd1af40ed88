//! Where paths lead.

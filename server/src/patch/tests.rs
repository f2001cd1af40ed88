//! Patches as text, and what comes of them.

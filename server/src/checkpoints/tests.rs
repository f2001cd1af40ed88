//! Tasks that change files, and the way back.

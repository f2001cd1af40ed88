//! Plans lead from base to result.

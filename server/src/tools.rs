//! What the model can call: a closed set.

//! Nothing: the manifests beside it say which versions of other crates are fetched.

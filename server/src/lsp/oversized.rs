//! Finds out what a message was about when only its beginning is known.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use tower_lsp::jsonrpc::Id;

/// What the beginning of a message says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// Of the request; `Null` for a notification, or where it is further on.
    pub(crate) id: Id,
    /// Where it is not further on.
    pub(crate) method: Option<String>,
    /// The document that the message is about, where that is not further on.
    pub(crate) document: Option<String>,
}

impl Beginning {
    pub(crate) fn new(head: &[u8]) -> Self {
        let found = RefCell::default();
        // It ends in an error where `head` does; what was seen until then counts.
        let _ = Fields { found: &found, of: Object::Message }
            .deserialize(&mut serde_json::Deserializer::from_slice(head));
        found.into_inner()
    }

    /// Whether the text of a document may have changed with this message.
    pub(crate) fn may_change_a_document(&self) -> bool {
        let did = |method: &String| method.starts_with("textDocument/did");
        self.id == Id::Null && self.method.as_ref().is_none_or(did)
    }
}

/// The objects that are looked into.
#[derive(Clone, Copy)]
enum Object {
    Message,
    Params,
    Document,
}

struct Fields<'a> {
    found: &'a RefCell<Beginning>,
    of: Object,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let found = self.found;
        while let Some(name) = fields.next_key::<String>()? {
            match (self.of, name.as_str()) {
                (Object::Message, "id") => found.borrow_mut().id = fields.next_value()?,
                (Object::Message, "method") => {
                    found.borrow_mut().method = Some(fields.next_value()?);
                }
                (Object::Message, "params") => {
                    fields.next_value_seed(Fields { found, of: Object::Params })?;
                }
                (Object::Params, "textDocument") => {
                    fields.next_value_seed(Fields { found, of: Object::Document })?;
                }
                (Object::Document, "uri") => {
                    found.borrow_mut().document = Some(fields.next_value()?);
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, id: impl Into<Id>, changes: bool, document: Option<&str>) {
        let beginning = Beginning::new(head.as_bytes());
        assert_eq!(beginning.id, id.into(), "{head}");
        assert_eq!(beginning.may_change_a_document(), changes, "{head}");
        assert_eq!(beginning.document.as_deref(), document, "{head}");
    }

    #[test]
    fn what_comes_early_is_found() {
        check(r#"{"jsonrpc":"2.0","id":7,"method":"x","params":{"t":"aa"#, 7, false, None);
        check(r#"{"id":"q","params":"#, "q", false, None);
        check(
            r#"{"method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":2},"contentChanges":[{"text":"x"#,
            Id::Null,
            true,
            Some("file:///a"),
        );
    }

    #[test]
    fn what_comes_late_is_not_and_may_be_anything() {
        check(r#"{"params":{"contentChanges":[{"text":"\"uri\":\"b"#, Id::Null, true, None);
        check(r#"{"method":"x","params":{"id":1"#, Id::Null, false, None);
        check("[1,2", Id::Null, true, None);
        check("", Id::Null, true, None);
    }
}

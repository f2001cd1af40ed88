//! Finds out whom to answer when only the beginning of a message is known.

use std::{cell::RefCell, fmt};

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use tower_lsp::jsonrpc::Id;

/// The id of the request that begins with `head`; `Null` where it is a
/// notification or the id is further on.
pub(crate) fn request_id(head: &[u8]) -> Id {
    let found = RefCell::new(Id::Null);
    // It ends in an error where `head` does; what was seen until then counts.
    let _ = serde_json::Deserializer::from_slice(head).deserialize_map(Fields(&found));
    found.into_inner()
}

struct Fields<'a>(&'a RefCell<Id>);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<String>()? {
            if name == "id" {
                *self.0.borrow_mut() = fields.next_value()?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_where_it_comes_first() {
        assert_eq!(
            request_id(br#"{"jsonrpc":"2.0","id":7,"method":"x","params":{"t":"aa"#),
            7.into()
        );
        assert_eq!(request_id(br#"{"id":"q","params":"#), "q".into());
    }

    #[test]
    fn a_notification_or_a_late_id_has_none() {
        assert_eq!(request_id(br#"{"jsonrpc":"2.0","method":"x","params":{"id":1"#), Id::Null);
        assert_eq!(request_id(b"[1,2"), Id::Null);
        assert_eq!(request_id(b""), Id::Null);
    }
}

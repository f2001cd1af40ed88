//! The tool calls of a Chat Completions stream, put together from their pieces.
//! The library can do that as well, but copies all that it has of a call for each
//! piece: a long patch would take as long as its length squared.

use super::ToolCall;

/// The calls so far, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<ToolCall>);

impl Calls {
    /// Takes one piece. `id` is the provider's or, where that gave none with this
    /// piece, `call_` and the call's place; `name` is empty but in the first.
    pub(super) fn push(&mut self, id: String, name: String, arguments: &str) {
        match self.of(&id, &name) {
            Some(call) => {
                call.arguments.push_str(arguments);
                if call.name.is_empty() {
                    call.name = name;
                }
            }
            None => self.0.push(ToolCall {
                call_id: id,
                name,
                arguments: arguments.to_owned(),
                signatures: None,
            }),
        }
    }

    /// The call that a piece goes on with; none when it begins one.
    fn of(&mut self, id: &str, name: &str) -> Option<&mut ToolCall> {
        let by_id = || self.0.iter().position(|call| !id.is_empty() && call.call_id == id);
        let place = || id.strip_prefix("call_")?.parse().ok().filter(|at| *at < self.0.len());
        // Small servers give an id to the first piece only, or another to each.
        let last = || name.is_empty().then(|| self.0.len().checked_sub(1)).flatten();
        let at = by_id().or_else(place).or_else(last)?;
        self.0.get_mut(at)
    }

    /// The calls, each with a JSON object for arguments where the model gave none.
    pub(super) fn finish(self) -> Vec<ToolCall> {
        let mut calls = self.0;
        for call in &mut calls {
            if call.arguments.trim().is_empty() {
                "{}".clone_into(&mut call.arguments);
            }
        }
        calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `id name arguments; …` of what these pieces come to.
    fn calls(pieces: &[(&str, &str, &str)]) -> String {
        let mut calls = Calls::default();
        for (id, name, arguments) in pieces {
            calls.push((*id).to_owned(), (*name).to_owned(), arguments);
        }
        let all = calls.finish();
        let all =
            all.iter().map(|call| format!("{} {} {}", call.call_id, call.name, call.arguments));
        all.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn pieces_without_an_id_go_to_the_call_in_their_place() {
        let pieces = [
            ("a", "shell", ""),
            ("call_0", "", "{\"x\""),
            ("call_0", "", ":1}"),
            ("b", "search", ""),
            ("call_1", "", "{}"),
        ];
        assert_eq!(calls(&pieces), r#"a shell {"x":1}; b search {}"#);
    }

    #[test]
    fn an_id_that_is_repeated_is_the_same_call() {
        let pieces =
            [("a", "shell", "{"), ("b", "shell", "{"), ("a", "shell", "}"), ("b", "", "}")];
        assert_eq!(calls(&pieces), "a shell {}; b shell {}");
    }

    #[test]
    fn calls_of_one_piece_are_calls_of_their_own() {
        assert_eq!(
            calls(&[("call_0", "a", "{}"), ("call_1", "b", "")]),
            "call_0 a {}; call_1 b {}"
        );
        assert_eq!(calls(&[("", "a", "{}"), ("", "b", "{}")]), " a {};  b {}");
    }

    #[test]
    fn a_new_id_without_a_name_goes_on_with_the_last() {
        assert_eq!(calls(&[("a", "shell", "{"), ("zz", "", "}")]), "a shell {}");
        assert_eq!(calls(&[("", "shell", "{"), ("", "", "}")]), " shell {}");
    }

    #[test]
    fn no_arguments_are_an_empty_object() {
        assert_eq!(calls(&[("a", "shell", "")]), "a shell {}");
    }
}

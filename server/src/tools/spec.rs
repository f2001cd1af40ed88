//! The tools as they are declared to the model.

use serde_json::{Value, json};

use crate::model::ToolSpec;

/// Every tool, in the order in which a model should think of them.
#[must_use]
pub fn specs() -> Vec<ToolSpec> {
    vec![shell(), apply_patch(), read_file(), search(), update_plan()]
}

fn tool(name: &str, description: &str, properties: &Value, required: &[&str]) -> ToolSpec {
    ToolSpec {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        }),
    }
}

fn shell() -> ToolSpec {
    tool(
        "shell",
        "Runs a program in a sandbox and returns its output and exit code. Standard input is \
         closed. For pipes and the like use [\"bash\", \"-lc\", \"…\"]. Long output is cut in the \
         middle; the result then names a file with all of it.",
        &json!({
            "command": {
                "type": "array",
                "items": { "type": "string" },
                "description": "program and arguments",
            },
            "workdir": {
                "type": "string",
                "description": "where it runs; the workspace root when absent",
            },
            "timeout_ms": {
                "type": "integer",
                "description": "milliseconds until it is ended: what is configured (120000) when absent, 600000 at most",
            },
        }),
        &["command"],
    )
}

fn apply_patch() -> ToolSpec {
    tool(
        "apply_patch",
        "Changes files; all of a patch is applied or nothing. The input is\n\
         *** Begin Patch\n\
         followed by any number of\n\
         *** Add File: PATH (then every line of the new file, each after a +)\n\
         *** Delete File: PATH\n\
         *** Update File: PATH (then optionally *** Move to: NEWPATH, then hunks)\n\
         and\n\
         *** End Patch\n\
         A hunk begins with @@, or with @@ and the text of a line above it, such as the head of \
         the function. Its lines begin with a space (context), - (taken out) or + (put in). Give \
         three lines of context on each side, or enough that the place is unmistakable. \
         A plain unified diff is taken too. Paths are relative to the workspace root.",
        &json!({
            "input": { "type": "string", "description": "the whole patch" },
        }),
        &["input"],
    )
}

fn read_file() -> ToolSpec {
    tool(
        "read_file",
        "Reads a text file as the person sees it in the editor, unsaved changes included. \
         Lists the entries when the path is a directory.",
        &json!({
            "path": { "type": "string", "description": "relative to the workspace root" },
            "start_line": { "type": "integer", "description": "first line, counted from 1" },
            "end_line": { "type": "integer", "description": "last line, included" },
        }),
        &["path"],
    )
}

fn search() -> ToolSpec {
    tool(
        "search",
        "Finds lines that match a regular expression in the files of the workspace, unsaved \
         changes included; ignored files are left out. With an empty pattern it lists the files \
         that match the glob.",
        &json!({
            "pattern": { "type": "string", "description": "regular expression, Rust syntax" },
            "path": { "type": "string", "description": "file or directory to look in" },
            "glob": { "type": "string", "description": "only files like this, such as *.rs" },
            "case_sensitive": { "type": "boolean", "description": "true when absent" },
            "max_results": { "type": "integer", "description": "lines at most" },
            "context": { "type": "integer", "description": "lines around each match" },
        }),
        &["pattern"],
    )
}

fn update_plan() -> ToolSpec {
    tool(
        "update_plan",
        "Shows the person the steps of a longer task and how far each is. At most one step is in \
         progress.",
        &json!({
            "explanation": { "type": "string", "description": "why the plan changed" },
            "plan": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "step": { "type": "string" },
                        "status": {
                            "type": "string",
                            "enum": ["pending", "in_progress", "completed"],
                        },
                    },
                    "required": ["step", "status"],
                    "additionalProperties": false,
                },
            },
        }),
        &["plan"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some providers refuse a schema with a required property that is not declared.
    #[test]
    fn what_is_required_is_declared() {
        for spec in specs() {
            for name in spec.parameters["required"].as_array().expect("a list") {
                let name = name.as_str().expect("a name");
                assert!(spec.parameters["properties"].get(name).is_some(), "{}: {name}", spec.name);
            }
        }
    }
}

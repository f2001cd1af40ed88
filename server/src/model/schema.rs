//! Whether arguments fit the schema of a tool: types, required members, known
//! values. A keyword that is not looked at never refuses anything.

use serde_json::Value;

/// Whether `value` fits `schema`.
pub(super) fn fits(value: &Value, schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return schema.as_bool().unwrap_or(true) };
    if let Some(kind) = schema.get("type") {
        let known = match kind {
            Value::String(kind) => has_type(value, kind),
            Value::Array(kinds) => {
                kinds.iter().filter_map(Value::as_str).any(|kind| has_type(value, kind))
            }
            _ => true,
        };
        if !known {
            return false;
        }
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array)
        && !values.contains(value)
    {
        return false;
    }
    for (keyword, all) in [("anyOf", false), ("oneOf", false), ("allOf", true)] {
        let Some(choices) = schema.get(keyword).and_then(Value::as_array) else { continue };
        let mut results = choices.iter().map(|choice| fits(value, choice));
        if !(if all { results.all(|fit| fit) } else { results.any(|fit| fit) }) {
            return false;
        }
    }
    if let (Some(items), Some(elements)) = (schema.get("items"), value.as_array())
        && !elements.iter().all(|element| fits(element, items))
    {
        return false;
    }
    let Some(members) = value.as_object() else { return true };
    let required = schema.get("required").and_then(Value::as_array);
    if required.is_some_and(|names| {
        !names.iter().filter_map(Value::as_str).all(|name| members.contains_key(name))
    }) {
        return false;
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    members.iter().all(|(name, member)| {
        match properties.and_then(|properties| properties.get(name)) {
            Some(schema) => fits(member, schema),
            None => !closed,
        }
    })
}

fn has_type(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => true,
    }
}

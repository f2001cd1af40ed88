//! One entry of `sandbox_permissions`, as it is written in a file: a string or a table.

use std::{borrow::Cow, fmt, path::PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use tiro_protocol::SandboxPermission;

/// A permission: `"disk-write-cwd"`, `"disk-write-folder=PATH"` or
/// `{disk-write-folder = {folder = "PATH"}}`. A path is absolute or begins with `~/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionEntry(pub SandboxPermission);

const FOLDER: &str = "disk-write-folder";
const NAMES: &[&str] = &[
    "disk-full-read-access",
    "disk-write-platform-user-temp-folder",
    "disk-write-platform-global-temp-folder",
    "disk-write-cwd",
    "disk-full-write-access",
    "network-full-access",
];

impl PermissionEntry {
    /// Reads the string form; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some((FOLDER, folder)) = text.split_once('=') {
            return Self::folder(PathBuf::from(folder));
        }
        if text == FOLDER {
            return Err(format!("`{FOLDER}` needs a path: write \"{FOLDER}=/absolute/path\""));
        }
        if !NAMES.contains(&text) {
            let known = NAMES.iter().copied().chain([FOLDER]);
            let advice = super::unknown_keys::suggest(text, known.clone()).map_or_else(
                || format!("known are {}", known.collect::<Vec<_>>().join(", ")),
                |name| format!("did you mean `{name}`?"),
            );
            return Err(format!("unknown sandbox permission `{text}`: {advice}"));
        }
        serde_json::from_value(text.into()).map(Self).map_err(|error| error.to_string())
    }

    fn folder(folder: PathBuf) -> Result<Self, String> {
        if folder.is_absolute() || folder.starts_with("~") {
            return Ok(Self(SandboxPermission::DiskWriteFolder { folder }));
        }
        Err(format!(
            "the path of `{FOLDER}` must be absolute or begin with `~/`, but is {:?}",
            folder.display().to_string()
        ))
    }

    /// The permission, with `~` replaced by `home`. None without a home.
    #[must_use]
    pub fn resolve(&self, home: Option<&PathBuf>) -> Option<SandboxPermission> {
        if let SandboxPermission::DiskWriteFolder { folder } = &self.0
            && let Ok(below) = folder.strip_prefix("~")
        {
            return Some(SandboxPermission::DiskWriteFolder { folder: home?.join(below) });
        }
        Some(self.0.clone())
    }
}

/// A permission in its string form.
pub(super) fn to_text(permission: &SandboxPermission) -> String {
    match permission {
        SandboxPermission::DiskWriteFolder { folder } => format!("{FOLDER}={}", folder.display()),
        SandboxPermission::DiskFullReadAccess => NAMES[0].into(),
        SandboxPermission::DiskWritePlatformUserTempFolder => NAMES[1].into(),
        SandboxPermission::DiskWritePlatformGlobalTempFolder => NAMES[2].into(),
        SandboxPermission::DiskWriteCwd => NAMES[3].into(),
        SandboxPermission::DiskFullWriteAccess => NAMES[4].into(),
        SandboxPermission::NetworkFullAccess => NAMES[5].into(),
    }
}

impl JsonSchema for PermissionEntry {
    fn schema_name() -> Cow<'static, str> {
        "PermissionEntry".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": NAMES },
                { "type": "string", "pattern": format!("^{FOLDER}=(/|~/|[A-Za-z]:)") },
                {
                    "type": "object",
                    "properties": { FOLDER: {
                        "type": "object",
                        "properties": { "folder": { "type": "string" } },
                        "required": ["folder"],
                    } },
                    "required": [FOLDER],
                },
            ],
        })
    }
}

impl Serialize for PermissionEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_text(&self.0))
    }
}

impl<'de> Deserialize<'de> for PermissionEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = PermissionEntry;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a permission as a string or a table")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                PermissionEntry::parse(text).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                match SandboxPermission::deserialize(MapAccessDeserializer::new(map))? {
                    SandboxPermission::DiskWriteFolder { folder } => {
                        PermissionEntry::folder(folder).map_err(serde::de::Error::custom)
                    }
                    other => Ok(PermissionEntry(other)),
                }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

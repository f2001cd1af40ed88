//! What a person said, as the model gets it: pictures on disk are read when the
//! request is built. The person named the path, so it may be anywhere.
#![expect(
    clippy::disallowed_methods,
    reason = "pictures are the person's, not files of the project"
)]

use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};
use tiro_protocol::InputItem;

use crate::model::UserPart;

/// Bytes of a picture at most: what providers take.
const LARGEST: u64 = 20 * 1024 * 1024;

/// One item for the model. A picture that cannot be read becomes words that say so.
pub(super) fn user_part(item: &InputItem) -> UserPart {
    match item {
        InputItem::Text { text } => UserPart::Text(text.clone()),
        InputItem::Image { image_url } => data_uri(image_url).unwrap_or_else(|| {
            UserPart::Text("[a picture that is not a base64 data: URI was left out]".to_owned())
        }),
        InputItem::LocalImage { path } => read(path).unwrap_or_else(|reason| {
            UserPart::Text(format!("[the picture {} was left out: {reason}]", path.display()))
        }),
        _ => UserPart::Text("[something of an unknown kind was left out]".to_owned()),
    }
}

fn data_uri(uri: &str) -> Option<UserPart> {
    let (mime_type, base64) = uri.strip_prefix("data:")?.split_once(";base64,")?;
    Some(UserPart::Image { mime_type: mime_type.to_owned(), base64: base64.to_owned() })
}

fn read(path: &Path) -> Result<UserPart, String> {
    let mime_type = match path.extension().and_then(|extension| extension.to_str()) {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        _ => return Err("it is not a .png, .jpg, .gif or .webp file".to_owned()),
    };
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(format!("it is not a file of at most {LARGEST} bytes"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Ok(UserPart::Image { mime_type: mime_type.to_owned(), base64: BASE64_STANDARD.encode(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_uri_is_taken_apart() {
        let item = InputItem::Image { image_url: "data:image/png;base64,AAEC".into() };
        let image = UserPart::Image { mime_type: "image/png".into(), base64: "AAEC".into() };
        assert_eq!(user_part(&item), image);
        let remote = InputItem::Image { image_url: "http://127.0.0.1/a.png".into() };
        assert!(matches!(user_part(&remote), UserPart::Text(text) if text.contains("left out")));
    }

    #[test]
    fn a_file_is_read_when_it_is_asked_for() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("dot.png");
        let item = InputItem::LocalImage { path: path.clone() };
        assert!(matches!(user_part(&item), UserPart::Text(text) if text.contains("dot.png")));
        std::fs::write(&path, [0, 1, 2]).expect("written");
        let image = UserPart::Image { mime_type: "image/png".into(), base64: "AAEC".into() };
        assert_eq!(user_part(&item), image);
    }
}

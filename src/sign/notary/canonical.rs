//! The one way to write a JSON document, so that a signature can be over it.

use serde_json::Value;

/// Writes `value` in its canonical form, as Docker's tools do: keys in order,
/// no spaces, and in texts only `"`, `\` and two separators of lines escaped.
/// None where it has a number that is no integer, which has no such form.
#[must_use]
pub fn canonical(value: &Value) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    write(value, &mut bytes)?;
    Some(bytes)
}

fn write(value: &Value, into: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::Null => into.extend(b"null"),
        Value::Bool(true) => into.extend(b"true"),
        Value::Bool(false) => into.extend(b"false"),
        Value::Number(number) if number.is_f64() => return None,
        Value::Number(number) => into.extend(number.to_string().bytes()),
        Value::String(text) => write_text(text, into),
        Value::Array(items) => {
            into.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    into.push(b',');
                }
                write(item, into)?;
            }
            into.push(b']');
        }
        Value::Object(fields) => {
            // The order of the map is no promise.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| name.as_bytes());
            into.push(b'{');
            for (place, (name, value)) in fields.into_iter().enumerate() {
                if place > 0 {
                    into.push(b',');
                }
                write_text(name, into);
                into.push(b':');
                write(value, into)?;
            }
            into.push(b'}');
        }
    }
    Some(())
}

/// Control characters stay as they are, which is no JSON any more, and what is
/// signed.
fn write_text(text: &str, into: &mut Vec<u8>) {
    into.push(b'"');
    for c in text.chars() {
        match c {
            '"' | '\\' => into.extend([b'\\', c as u8]),
            '\u{2028}' => into.extend(b"\\u2028"),
            '\u{2029}' => into.extend(b"\\u2029"),
            c => into.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    into.push(b'"');
}

//! The words of a `WWW-Authenticate` header (RFC 9110, section 11.6.1), as
//! registries write them: with values of several words and no quotes, with
//! quotes inside quotes, without commas, and in any encoding.

/// A scheme, with its parameters.
#[derive(Debug, Default)]
pub(super) struct AuthHeader {
    pub(super) scheme: String,
    parameters: Vec<(String, String)>,
}

impl AuthHeader {
    /// Every challenge of a header.
    pub(super) fn read(header: &str) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        let mut rest = header;
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return found;
            }
            let (word, after) = rest.split_at(word_end(rest));
            rest = after;
            let Some(value) = after.trim_start().strip_prefix('=') else {
                if word.is_empty() {
                    // A mark that belongs to nothing.
                    rest = rest.get(1..).unwrap_or_default();
                } else {
                    found.push(Self { scheme: word.to_owned(), parameters: Vec::new() });
                }
                continue;
            };
            let (value, after) = read_value(value.trim_start());
            rest = after;
            if let Some(of) = found.last_mut() {
                of.parameters.push((word.to_owned(), value));
            }
        }
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let is_it = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.parameters.iter().find(is_it).map(|(_, value)| value.as_str())
    }
}

/// A value, and what follows it.
fn read_value(text: &str) -> (String, &str) {
    let Some(text) = text.strip_prefix('"') else {
        let end = text.char_indices().find(|&(at, c)| {
            c == ',' || (c.is_whitespace() && begins_parameter(text[at..].trim_start()))
        });
        let (value, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at));
        return (value.trim_end().to_owned(), rest);
    };
    let mut value = String::new();
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => {
                is_escaped = true;
                continue;
            }
            '"' if is_end(&text[at + 1..]) => return (value, &text[at + 1..]),
            _ => {}
        }
        value.push(c);
    }
    (value, "")
}

/// Whether a quote before `rest` ends a value, rather than being part of it.
fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with(',') || begins_parameter(rest)
}

fn begins_parameter(text: &str) -> bool {
    let end = word_end(text);
    end > 0 && text[end..].trim_start().starts_with('=')
}

/// How long the word is with which a text begins.
fn word_end(text: &str) -> usize {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/:".contains(c);
    text.find(|c| !is_of_word(c)).unwrap_or(text.len())
}

//! A simple JSON reader (P8, P10): strictly RFC 8259, without a depth limit. It keeps the
//! order of the keys and repeated keys, because the rules depend on both.
//!
//! Values are stored in one flat list and refer to each other by index, so that neither
//! reading nor dropping a deeply nested body is recursive.

use std::iter::Peekable;
use std::str::Chars;

/// One JSON value; the elements of an array or object are indices into the [`Document`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number of any size: only its grammar is checked.
    Number,
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<usize>),
    /// An object: every key as given, in the order of the input.
    Object(Vec<(String, usize)>),
}

/// A parsed JSON document.
#[derive(Debug)]
pub struct Document {
    nodes: Vec<Node>,
    root: usize,
}

impl Document {
    /// P10: reads the body; `None` is `MALFORMED_JSON`.
    pub fn read(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let mut reader = Reader {
            rest: text.chars().peekable(),
            nodes: Vec::new(),
        };
        let root = reader.text()?;
        Some(Self {
            nodes: reader.nodes,
            root,
        })
    }

    /// The root value.
    pub fn root(&self) -> &Node {
        self.node(self.root)
    }

    /// The value at an index that a node of this document contains.
    pub fn node(&self, place: usize) -> &Node {
        self.nodes.get(place).unwrap_or(&Node::Null)
    }
}

/// An array or object whose end has not been read yet.
enum Open {
    Array(Vec<usize>),
    /// The members so far, and the key of the value that is being read.
    Object(Vec<(String, usize)>, String),
}

/// The start of a value.
enum Start {
    /// An array or object with elements that are still to be read.
    Open(Open),
    /// A complete value: a scalar, or an empty array or object.
    Closed(usize),
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    nodes: Vec<Node>,
}

impl Reader<'_> {
    /// P10: one value with white space around it, and nothing else.
    fn text(&mut self) -> Option<usize> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.start()? {
                Start::Open(container) => {
                    open.push(container);
                    continue;
                }
                Start::Closed(value) => value,
            };
            loop {
                self.skip_space();
                let Some(container) = open.pop() else {
                    return self.rest.next().is_none().then_some(value);
                };
                let mark = self.rest.next()?;
                match (container, mark) {
                    (Open::Array(mut items), ',' | ']') => {
                        items.push(value);
                        if mark == ',' {
                            open.push(Open::Array(items));
                            break;
                        }
                        value = self.add(Node::Array(items));
                    }
                    (Open::Object(mut members, key), ',' | '}') => {
                        members.push((key, value));
                        if mark == ',' {
                            let key = self.key()?;
                            open.push(Open::Object(members, key));
                            break;
                        }
                        value = self.add(Node::Object(members));
                    }
                    _ => return None,
                }
            }
        }
    }

    /// The next value, up to the start of its first element.
    fn start(&mut self) -> Option<Start> {
        self.skip_space();
        let node = match self.rest.peek()? {
            '[' => {
                self.rest.next();
                self.skip_space();
                if self.rest.next_if_eq(&']').is_none() {
                    return Some(Start::Open(Open::Array(Vec::new())));
                }
                Node::Array(Vec::new())
            }
            '{' => {
                self.rest.next();
                self.skip_space();
                if self.rest.next_if_eq(&'}').is_none() {
                    return Some(Start::Open(Open::Object(Vec::new(), self.key()?)));
                }
                Node::Object(Vec::new())
            }
            'n' => self.word("null", Node::Null)?,
            't' => self.word("true", Node::Bool(true))?,
            'f' => self.word("false", Node::Bool(false))?,
            '"' => Node::String(self.string()?),
            _ => self.number()?,
        };
        Some(Start::Closed(self.add(node)))
    }

    fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn skip_space(&mut self) {
        while self
            .rest
            .next_if(|c| matches!(c, ' ' | '\t' | '\n' | '\r'))
            .is_some()
        {}
    }

    fn word(&mut self, word: &str, node: Node) -> Option<Node> {
        word.chars()
            .all(|c| self.rest.next() == Some(c))
            .then_some(node)
    }

    /// A key and its colon, with optional white space before each.
    fn key(&mut self) -> Option<String> {
        self.skip_space();
        let key = self.string()?;
        self.skip_space();
        self.rest.next_if_eq(&':')?;
        Some(key)
    }

    /// A string. With a raw control character or half a surrogate pair the input is not
    /// JSON.
    fn string(&mut self) -> Option<String> {
        self.rest.next_if_eq(&'"')?;
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                '\0'..='\u{1F}' => return None,
                c => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        match self.rest.next()? {
            c @ ('"' | '\\' | '/') => Some(c),
            'b' => Some('\u{8}'),
            'f' => Some('\u{C}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'u' => match self.utf16_unit()? {
                high @ 0xD800..=0xDBFF => {
                    self.rest.next_if_eq(&'\\')?;
                    self.rest.next_if_eq(&'u')?;
                    let low = self.utf16_unit()?;
                    if !(0xDC00..=0xDFFF).contains(&low) {
                        return None;
                    }
                    char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                }
                unit => char::from_u32(unit),
            },
            _ => None,
        }
    }

    fn utf16_unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + self.rest.next()?.to_digit(16)?;
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<Node> {
        self.rest.next_if_eq(&'-');
        if self.rest.next_if_eq(&'0').is_none() {
            self.digits()?;
        }
        if self.rest.next_if_eq(&'.').is_some() {
            self.digits()?;
        }
        if self.rest.next_if(|c| matches!(c, 'e' | 'E')).is_some() {
            self.rest.next_if(|c| matches!(c, '+' | '-'));
            self.digits()?;
        }
        Some(Node::Number)
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        self.rest.next_if(char::is_ascii_digit)?;
        while self.rest.next_if(char::is_ascii_digit).is_some() {}
        Some(())
    }
}

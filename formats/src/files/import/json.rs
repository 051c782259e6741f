//! JSON values out of a stream, each within bounds: one a line, the elements of an array, or those of an array
//! that a root object holds, however large the rest of it is.

use std::io::{self, BufRead};

use super::encoding::Begins;
use super::{LARGEST, Next, Place, Problem};

/// The values of a stream.
pub(super) struct Values<R> {
    from: R,
    /// The members of a root object whose array holds the records.
    holders: &'static [&'static str],
    state: State,
    line: u64,
    number: u64,
    /// What is being read of the current value.
    kept: Vec<u8>,
    too_long: bool,
    ahead: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// One value a line.
    Lines,
    /// Between values at the root.
    Root,
    /// In an array of records; whether a root object holds it.
    Array {
        held: bool,
    },
    /// In a root object, behind the array of records.
    Behind,
    End,
}

const TOO_LONG: &str = "longer than 4 MiB";
const CUT: &str = "the file ends in the middle of a record: it was cut short, or brackets are missing";

impl<R: BufRead> Values<R> {
    pub(super) fn new(from: R, holders: &'static [&'static str], lines: bool, begins: Begins) -> Self {
        let state = if lines && begins == Begins::Object { State::Lines } else { State::Root };
        let kept = Vec::new();
        Self { from, holders, state, line: 1, number: 0, kept, too_long: false, ahead: None }
    }

    /// The next value as bytes, or what is wrong with it.
    pub(super) fn next(&mut self) -> Next<Vec<u8>> {
        if self.state == State::End {
            return None;
        }
        let step = match self.state {
            State::Lines => self.next_line(),
            _ => self.next_value(),
        };
        step.unwrap_or_else(|error| {
            self.state = State::End;
            Some(Err(Problem::of_file(format!("the file cannot be read: {}", error.kind()))))
        })
    }

    fn next_line(&mut self) -> io::Result<Next<Vec<u8>>> {
        loop {
            let place = Place::Line(self.line);
            self.begin();
            loop {
                match self.byte()? {
                    Some(b'\n') => break,
                    Some(byte) => self.keep(byte),
                    None => {
                        self.state = State::End;
                        break;
                    }
                }
            }
            if self.kept.iter().any(|byte| !byte.is_ascii_whitespace()) || self.too_long {
                return Ok(Some(self.taken(place)));
            }
            if self.state == State::End {
                return Ok(None);
            }
        }
    }

    fn next_value(&mut self) -> io::Result<Next<Vec<u8>>> {
        loop {
            let Some(byte) = self.byte_after_blanks()? else {
                let whole = self.state == State::Root;
                self.state = State::End;
                return Ok((!whole).then(|| Err(Problem::of_file(CUT))));
            };
            match (self.state, byte) {
                (_, b',') => {}
                (State::Root, b'[') => self.state = State::Array { held: false },
                (State::Root, b'{') => {
                    let place = Place::Line(self.line);
                    match self.object()? {
                        Some(Ok(())) => return Ok(Some(self.taken(place))),
                        Some(Err(problem)) => return Ok(Some(Err(problem))),
                        None => {}
                    }
                }
                (State::Array { held }, b']') => {
                    self.state = if held { State::Behind } else { State::Root };
                }
                (State::Array { .. }, byte) => {
                    self.number += 1;
                    let place = Place::Number(self.number, self.line);
                    self.begin();
                    return Ok(Some(match self.value(byte)? {
                        true => self.taken(place),
                        false => self.stop(place),
                    }));
                }
                (State::Behind, b'}') => self.state = State::Root,
                // A key, its colon, its value: none of them is a record.
                (State::Behind, byte) => {
                    self.begin();
                    self.too_long = true;
                    if byte != b':' && !self.value(byte)? {
                        return Ok(Some(self.stop(Place::Line(self.line))));
                    }
                }
                (_, _) => return Ok(Some(self.stop(Place::Line(self.line)))),
            }
        }
    }

    /// A root object: none where one of its members holds the records; else it is a record itself.
    fn object(&mut self) -> io::Result<Option<Result<(), Problem>>> {
        let place = Place::Line(self.line);
        self.begin();
        self.keep(b'{');
        let mut key = Vec::new();
        loop {
            let Some(byte) = self.byte_after_blanks()? else {
                self.state = State::End;
                return Ok(Some(Err(Problem::at(place, CUT))));
            };
            match byte {
                b'}' => {
                    self.keep(byte);
                    return Ok(Some(Ok(())));
                }
                b',' | b':' => self.keep(byte),
                b'[' if self.holds(&key) => {
                    self.state = State::Array { held: true };
                    return Ok(None);
                }
                byte => {
                    let from = self.kept.len();
                    if !self.value(byte)? {
                        return Ok(Some(self.stop::<()>(place)));
                    }
                    key = if byte == b'"' {
                        self.kept.get(from..).unwrap_or_default().to_vec()
                    } else {
                        Vec::new()
                    };
                    // Only so much of a root object is kept as may be a record; a long one still has its holder.
                    if self.too_long {
                        self.kept.clear();
                    }
                }
            }
        }
    }

    fn holds(&self, quoted: &[u8]) -> bool {
        self.holders.iter().any(|name| {
            quoted.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) == Some(name.as_bytes())
        })
    }

    /// Reads one value that begins with `first`, whatever it is. False where the file ends within it, or where
    /// nothing can begin so: each call reads at least a byte.
    fn value(&mut self, first: u8) -> io::Result<bool> {
        if matches!(first, b'}' | b']' | b':') {
            return Ok(false);
        }
        let (mut depth, mut within, mut escaped) = (0_u64, false, false);
        let mut byte = first;
        let scalar = !matches!(first, b'{' | b'[' | b'"');
        loop {
            if within {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => within = false,
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => within = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' | b',' if scalar => {
                        self.ahead = Some(byte);
                        return Ok(true);
                    }
                    b'}' | b']' => depth -= 1,
                    byte if scalar && byte.is_ascii_whitespace() => return Ok(true),
                    _ => {}
                }
            }
            self.keep(byte);
            if depth == 0 && !within && !scalar {
                return Ok(true);
            }
            match self.byte()? {
                Some(next) => byte = next,
                None => return Ok(false),
            }
        }
    }

    fn stop<T>(&mut self, place: Place) -> Result<T, Problem> {
        self.state = State::End;
        Err(Problem::at(place, "not JSON from here on, or cut short: nothing behind it was read"))
    }

    fn begin(&mut self) {
        self.kept = Vec::new();
        self.too_long = false;
    }

    fn keep(&mut self, byte: u8) {
        if self.kept.len() < LARGEST {
            self.kept.push(byte);
        } else {
            self.too_long = true;
        }
    }

    fn taken(&mut self, place: Place) -> Result<(Place, Vec<u8>), Problem> {
        match self.too_long {
            true => Err(Problem::at(place, TOO_LONG)),
            false => Ok((place, std::mem::take(&mut self.kept))),
        }
    }

    fn byte_after_blanks(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.byte()? {
                Some(byte) if byte.is_ascii_whitespace() => {}
                other => return Ok(other),
            }
        }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        if let Some(byte) = self.ahead.take() {
            return Ok(Some(byte));
        }
        let Some(&byte) = self.from.fill_buf()?.first() else { return Ok(None) };
        self.from.consume(1);
        self.line += u64::from(byte == b'\n');
        Ok(Some(byte))
    }
}

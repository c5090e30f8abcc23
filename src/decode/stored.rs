//! Values that a sink keeps: integers in place, bytes in a shared arena.

use super::field::Value;

/// A value kept by a sink; bytes lie in its [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stored {
    /// See [`Value::None`].
    None,
    /// See [`Value::Uint`].
    Uint(u64),
    /// See [`Value::Int`].
    Int(i64),
    /// See [`Value::Float`].
    Float(f64),
    /// Start and length in the arena.
    Bytes(u32, u32),
}

/// Bytes of the values that a sink keeps; cleared from packet to packet.
#[derive(Clone, Debug, Default)]
pub struct Arena(Vec<u8>);

impl Arena {
    /// Keeps `value`.
    pub fn store(&mut self, value: Value<'_>) -> Stored {
        match value {
            Value::None => Stored::None,
            Value::Uint(v) => Stored::Uint(v),
            Value::Int(v) => Stored::Int(v),
            Value::Float(v) => Stored::Float(v),
            Value::Bytes(bytes) => {
                let start = self.0.len();
                self.0.extend_from_slice(bytes);
                Stored::Bytes(start as u32, bytes.len() as u32)
            }
        }
    }

    /// The value as it was given.
    pub fn get(&self, stored: Stored) -> Value<'_> {
        match stored {
            Stored::None => Value::None,
            Stored::Uint(v) => Value::Uint(v),
            Stored::Int(v) => Value::Int(v),
            Stored::Float(v) => Value::Float(v),
            Stored::Bytes(start, len) => {
                Value::Bytes(self.0.get(start as usize..(start + len) as usize).unwrap_or_default())
            }
        }
    }

    /// Bytes kept so far.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets what was kept after the arena had `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }
}

//! Points in time, as captures record them.

use std::fmt;

/// Nanoseconds since 1970-01-01 00:00:00 UTC; what does not fit (before 1677
/// or after 2262) is held at the nearest end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The capture does not say when.
    pub const NONE: Timestamp = Timestamp(i64::MIN);

    /// Whether the capture does not say when.
    pub fn is_none(self) -> bool {
        self == Timestamp::NONE
    }

    /// From seconds and nanoseconds of the same sign convention as `timespec`.
    pub fn new(seconds: i64, nanos: i64) -> Self {
        Timestamp(seconds.saturating_mul(1_000_000_000).saturating_add(nanos).max(-i64::MAX))
    }

    /// Whole seconds, rounded towards the past.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Nanoseconds after [`Timestamp::seconds`], 0 to 999,999,999.
    pub fn nanos(self) -> u32 {
        u32::try_from(self.0.rem_euclid(1_000_000_000)).unwrap_or(0)
    }

    /// Nanoseconds from `earlier` to this; negative when the clock went back,
    /// 0 where one of them is not known.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.checked_since(earlier).unwrap_or(0)
    }

    /// Nanoseconds from `earlier` to this, where both are known.
    pub fn checked_since(self, earlier: Timestamp) -> Option<i64> {
        (!self.is_none() && !earlier.is_none()).then(|| self.0.saturating_sub(earlier.0))
    }
}

/// Seconds with up to nine digits behind the point, as nanoseconds.
pub fn seconds(word: &str) -> Option<i64> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 9 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    let total = whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    Some(if negative { -total } else { total })
}

/// Seconds with nine decimals, as tshark prints `frame.time_epoch`; nothing
/// where the time is not known.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return Ok(());
        }
        if self.0 < 0 && self.0 > -1_000_000_000 {
            return write!(f, "-0.{:09}", self.0.unsigned_abs());
        }
        write!(f, "{}.{:09}", self.0 / 1_000_000_000, self.0.unsigned_abs() % 1_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_and_prints_on_both_sides_of_zero() {
        assert_eq!(Timestamp::new(5, 7).to_string(), "5.000000007");
        assert_eq!(Timestamp(-1).to_string(), "-0.000000001");
        assert_eq!(Timestamp(-1).seconds(), -1);
        assert_eq!(Timestamp(-1).nanos(), 999_999_999);
        assert_eq!(Timestamp::new(i64::MAX, 0).0, i64::MAX);
    }

    #[test]
    fn no_time_is_told_apart_from_any_time() {
        assert!(!Timestamp::new(i64::MIN, i64::MIN).is_none() && !Timestamp::default().is_none());
        assert_eq!(Timestamp::NONE.to_string(), "");
        assert_eq!((Timestamp::NONE.since(Timestamp(5)), Timestamp(5).since(Timestamp::NONE)), (0, 0));
        assert_eq!(Timestamp(5).checked_since(Timestamp(2)), Some(3));
    }
}

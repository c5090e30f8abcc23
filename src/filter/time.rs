//! Points and lengths of time as they are written.

use jiff::{Timestamp, civil::DateTime, fmt::strtime, tz::TimeZone};

/// Seconds with up to nine digits behind the point, as nanoseconds.
pub(super) fn seconds(word: &str) -> Option<i64> {
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

/// Date and time, in UTC unless it says otherwise: `2026-01-31 12:00:00`, or in the
/// form that tables have, `Jan 31, 2026 12:00:00.5 UTC`.
pub(super) fn instant(text: &str) -> Option<i64> {
    let time = text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.trim().trim_end_matches(" UTC").trim_end();
        let short = || strtime::parse("%Y-%m-%d %H:%M", local).ok()?.to_datetime().ok();
        let long = || strtime::parse("%b %d, %Y %H:%M:%S%.f", local).ok()?.to_datetime().ok();
        let time = local.parse::<DateTime>().ok().or_else(short).or_else(long)?;
        time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    i64::try_from(time.as_nanosecond()).ok()
}

//! Numbers, lengths and points of time on the command line.

use crate::base::seconds;

/// How many: none is no answer to that.
pub(super) fn count(text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| "a whole number from 1 on is needed".to_owned())
}

/// How many rows.
pub(super) fn rows(text: &str) -> Result<usize, String> {
    Ok(usize::try_from(count(text)?).unwrap_or(usize::MAX))
}

/// Seconds as nanoseconds: exact where they are written as a decimal.
pub(super) fn nanos(text: &str) -> Option<i64> {
    seconds(text).or_else(|| {
        let nanos = (text.parse::<f64>().ok()? * 1e9).round();
        (-9.2e18..9.2e18).contains(&nanos).then_some(nanos as i64)
    })
}

/// The width of an interval in seconds, as nanoseconds.
pub(super) fn interval(text: &str) -> Result<i64, String> {
    if text.parse::<f64>().is_err() {
        return Err("a number of seconds is needed".to_owned());
    }
    nanos(text).filter(|nanos| *nanos > 0).ok_or_else(|| "from a nanosecond to 292 years".to_owned())
}

/// Milliseconds.
pub(super) fn milliseconds(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "a number of milliseconds is needed".to_owned())?;
    if number.is_finite() && number >= 0.0 {
        Ok(number)
    } else {
        Err("from 0 on, and not without end".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_begin_with_one() {
        assert_eq!((count("1"), rows("20")), (Ok(1), Ok(20)));
        assert!(["0", "-1", "x", "", "1.5", "99999999999999999999"].iter().all(|text| count(text).is_err()));
    }

    #[test]
    fn times_are_exact_and_have_an_end() {
        // As a floating-point number it would be 8 ns off.
        assert_eq!(nanos("1795229842.860670001"), Some(1_795_229_842_860_670_001));
        assert_eq!(
            (nanos("1e-3"), nanos(".5"), nanos("-1")),
            (Some(1_000_000), Some(500_000_000), Some(-1_000_000_000))
        );
        assert_eq!([nanos("1e300"), nanos("nan"), nanos("-inf"), nanos("9300000000"), nanos("")], [None; 5]);
        assert_eq!(interval("0.25"), Ok(250_000_000));
        assert!(["0", "-1", "nan", "inf", "1e-10", "x"].iter().all(|text| interval(text).is_err()));
        assert_eq!((milliseconds("0"), milliseconds("2.5")), (Ok(0.0), Ok(2.5)));
        assert!(["-1", "nan", "inf", "-inf", "x"].iter().all(|text| milliseconds(text).is_err()));
    }
}

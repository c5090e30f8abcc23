//! What stands in a cell: the longest form of a field's name and value that
//! fits.
//!
//! Knows nothing of where cells lie.

use super::super::text::width;

/// Forms of a field's name, the longest first.
pub fn names(label: &str, name: &str, cells: usize) -> Vec<String> {
    let tail = name.rsplit('.').next().unwrap_or(name).replace('_', " ");
    let short = if tail.len() <= 4 { tail.to_uppercase() } else { tail.clone() };
    let mut forms = vec![label.to_owned(), short];
    let least: String = least(label, &tail).chars().take(cells.max(1)).collect();
    forms.push(if least.len() <= 4 { least.to_uppercase() } else { least });
    forms
}

/// The shortest form: an abbreviation as it is, several words by their first
/// letters, one word without its vowels.
fn least(label: &str, tail: &str) -> String {
    let initials: String = label.split([' ', '-']).filter_map(|word| word.chars().next()).collect();
    match (tail.len(), initials.len()) {
        (..=3, _) => tail.to_owned(),
        (_, 2..) => initials,
        _ => skeleton(tail),
    }
}

/// A name without its vowels, but for the first letter.
fn skeleton(name: &str) -> String {
    let mut letters = name.chars().filter(|c| *c != ' ');
    let first = letters.next();
    first.into_iter().chain(letters.filter(|c| !"aeiou".contains(*c))).collect()
}

/// The first form that fits, or nothing.
pub fn fitting(forms: &[String], cells: usize) -> &str {
    forms.iter().map(String::as_str).find(|form| width(form) <= cells).unwrap_or("")
}

/// Name and value in one line.
pub fn line(names: &[String], values: &[String], cells: usize) -> String {
    for value in values {
        for name in names {
            for text in [format!("{name}: {value}"), format!("{name} {value}")] {
                if width(&text) <= cells {
                    return text;
                }
            }
        }
    }
    match fitting(values, cells) {
        "" => fitting(names, cells).to_owned(),
        value => value.to_owned(),
    }
}

/// A name from top to bottom in a cell that is one letter wide, at most so
/// many letters.
pub fn upright(label: &str, name: &str, letters: usize) -> Vec<String> {
    let tail = name.rsplit('.').next().unwrap_or(name);
    let text = if tail.len() <= letters { tail.to_owned() } else { least(label, tail) };
    text.to_uppercase().chars().take(letters).map(String::from).collect()
}

//! The bytes themselves: to standard output or to files.

use super::{Content, Sides};
use crate::cli::failure::{Failure, Outcome, say};
use crate::cli::output::Output;
use crate::flow::Side;
use crate::flow::stream::Kind;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub(super) fn print(content: &Content<'_>, output: &mut Output) -> Outcome<()> {
    write(content, content.sides, output)?;
    Ok(())
}

/// Into FILE; of both sides into FILE.a and FILE.b.
pub(super) fn save(content: &Content<'_>, file: &Path) -> Outcome<()> {
    if file.as_os_str() == "-" {
        return Err(Failure::said("-w is for files: --as raw writes the bytes to standard output"));
    }
    match content.sides {
        Sides::Both if file.exists() && !file.is_file() => Err(Failure::said(format!(
            "{} is no regular file, beside which FILE.a and FILE.b could be written: name another, or one side with --side",
            file.display()
        ))),
        Sides::Both => {
            save_side(content, Sides::A, &beside(file, ".a"))?;
            save_side(content, Sides::B, &beside(file, ".b"))
        }
        side => save_side(content, side, file),
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn save_side(content: &Content<'_>, sides: Sides, path: &Path) -> Outcome<()> {
    let failed = |error: io::Error| {
        Failure::said(format!("cannot write {}: {error}; name a file that can be written", path.display()))
    };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    write(content, sides, &mut file).and_then(|()| file.flush()).map_err(failed)
}

/// Writes the bytes of these sides; says where some are missing.
fn write(content: &Content<'_>, sides: Sides, out: &mut impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    for run in content.runs().filter(|run| sides.has(run.side())) {
        match run.kind() {
            Kind::Data => {
                content.bytes(run, &mut bytes);
                out.write_all(&bytes)?;
            }
            Kind::Gap | Kind::Cut => {
                let side = if run.side() == Side::A { "A" } else { "B" };
                let offset = content.content.offset(run.side(), run.pos);
                say(&format!("{side} at {offset}: {}", run.words(offset)));
            }
            _ => {}
        }
    }
    Ok(())
}

//! What happened to the capture itself: damage, losses, limits; and what it
//! says of itself: interfaces and comments.

use super::action::Action;
use super::keys::Context;
use super::model::Model;
use super::reading::Scroll;
use super::screen::{Reply, Screen};
use super::text::{bytes, clear, grouped, put, wrap};
use super::theme::Role;
use super::window;
use crate::base::safe;
use crossterm::event::MouseEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Notices that are shown, the newest ones.
const SHOWN: usize = 500;

/// The window.
#[derive(Default)]
pub struct Notices {
    lines: Vec<(String, Role)>,
    scroll: Scroll,
}

fn lines(model: &Model, width: usize) -> Vec<(String, Role)> {
    let Some(capture) = &model.capture else { return Vec::new() };
    let mut out = Vec::new();
    let mut say = |text: &str, role: Role| {
        out.extend(wrap(&safe(text), width, 20).into_iter().map(|line| (line, role)));
    };
    let meta = capture.session.meta();
    if meta.notices.is_empty() {
        say("Nothing happened to this capture: it is whole.", Role::Good);
    }
    let skipped = meta.notices.len().saturating_sub(SHOWN);
    if skipped > 0 {
        say(&format!("({} older ones)", grouped(skipped as u64)), Role::Dim);
    }
    for notice in meta.notices.iter().skip(skipped) {
        let sign = if notice.damage { "✗" } else { "·" };
        say(&format!("{sign} {}", notice.text), if notice.damage { Role::Bad } else { Role::Text });
    }
    if let Some(text) = capture.session.try_names().and_then(|names| names.left_out()) {
        say(&format!("· {text}"), Role::Text);
    }
    for (at, interface) in meta.interfaces.iter().enumerate() {
        say("", Role::Text);
        let name = interface.name.as_deref().unwrap_or("without a name");
        say(&format!("Interface {at}: {name}"), Role::Heading);
        let mut facts = vec![format!("link type {}", interface.link)];
        if interface.snap_length > 0 {
            facts.push(format!("at most {} of each packet kept", bytes(interface.snap_length.into())));
        }
        facts.extend(interface.filter.iter().map(|filter| format!("capture filter {filter}")));
        facts.extend(interface.description.iter().cloned());
        facts.extend(interface.os.iter().cloned());
        if let Some(counts) = u32::try_from(at).ok().and_then(|at| meta.statistics.get(&at)) {
            let known = [
                ("received", counts.received),
                ("dropped by the kernel", counts.dropped),
                ("dropped by the interface", counts.interface_dropped),
            ];
            for (word, count) in known {
                facts.extend(count.map(|count| format!("{word}: {}", grouped(count))));
            }
        }
        for fact in facts {
            say(&format!("  {fact}"), Role::Text);
        }
    }
    for comment in &meta.comments {
        say("", Role::Text);
        say(&format!("Comment: {comment}"), Role::Text);
    }
    out
}

impl Screen for Notices {
    fn context(&self) -> Context {
        Context::Reading
    }

    fn area(&self, full: Rect) -> Rect {
        let most = full.height.saturating_sub(4);
        let height =
            if self.lines.is_empty() { most } else { (self.lines.len() as u16 + 2).clamp(6, most.max(6)) };
        window::centred(full, full.width.saturating_sub(8).min(110), height)
    }

    fn act(&mut self, action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        let action = if action == Action::Notices { Action::Back } else { action };
        self.scroll.act(action)
    }

    fn mouse(&mut self, mouse: MouseEvent, _model: &mut Model) -> Reply {
        self.scroll.mouse(mouse)
    }

    fn prepare(&mut self, area: Rect, model: &mut Model) -> bool {
        self.lines = lines(model, usize::from(area.width.saturating_sub(4)));
        self.scroll.fit(self.lines.len(), area.height.saturating_sub(2).into());
        true
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let theme = model.theme;
        clear(buffer, area);
        let inner = window::frame(area, buffer, theme, " The capture itself ", self.scroll.below());
        for (y, (line, role)) in (inner.top()..inner.bottom()).zip(self.lines.iter().skip(self.scroll.top)) {
            put(buffer, inner, inner.x + 1, y, inner.width, line, theme.style(*role));
        }
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![("Esc", "back"), ("↑↓", "scroll")]
    }
}

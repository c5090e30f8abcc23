//! Choosing columns and their widths. What is chosen holds until the end.

use super::columns::Columns;
use super::list::List;
use crate::ui::action::Action;
use crate::ui::keys::Context;
use crate::ui::model::Model;
use crate::ui::screen::{Command, Reply, Screen};
use crate::ui::text::{clear, paint, put};
use crate::ui::theme::Role;
use crate::ui::window;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::cell::RefCell;
use std::rc::Rc;

/// The columns' window.
pub struct ColumnsDialog {
    list: Rc<RefCell<List>>,
    at: usize,
    full: u16,
}

impl ColumnsDialog {
    /// For this list.
    pub fn new(list: Rc<RefCell<List>>) -> ColumnsDialog {
        ColumnsDialog { list, at: 0, full: 120 }
    }
}

impl Screen for ColumnsDialog {
    fn context(&self) -> Context {
        Context::Dialog
    }

    fn area(&self, full: Rect) -> Rect {
        let height = self.list.borrow().columns.0.len() as u16 + 2;
        window::centred(full, 40, height)
    }

    fn act(&mut self, action: Action, _count: Option<u64>, _model: &mut Model) -> Reply {
        let mut list = self.list.borrow_mut();
        let columns = &mut list.columns.0;
        let last = columns.len().saturating_sub(1);
        match action {
            Action::Up => self.at = self.at.saturating_sub(1),
            Action::Down => self.at = (self.at + 1).min(last),
            Action::First => self.at = 0,
            Action::Last => self.at = last,
            Action::Toggle | Action::Enter => {
                if let Some(column) = columns.get_mut(self.at) {
                    column.shown = Some(!Columns::is_shown(column, self.full));
                }
            }
            Action::WidenColumn | Action::Right | Action::NarrowColumn | Action::Left => {
                let wider = matches!(action, Action::WidenColumn | Action::Right);
                if let Some(column) = columns.get_mut(self.at) {
                    let width = column.width.unwrap_or(12);
                    column.width =
                        Some(if wider { width + 1 } else { width.saturating_sub(1) }.clamp(3, 120));
                }
            }
            Action::Back | Action::Quit => return Reply::Do(Command::Pop),
            Action::Suspend | Action::Redraw => return Reply::Ignored,
            _ => {}
        }
        Reply::Done
    }

    fn draw(&self, area: Rect, buffer: &mut Buffer, model: &Model) {
        let theme = model.theme;
        clear(buffer, area);
        let inner = window::frame(area, buffer, theme, " Columns ", " Space on/off · < > width · Esc ");
        for (at, (y, column)) in (inner.top()..inner.bottom()).zip(&self.list.borrow().columns.0).enumerate()
        {
            let mark = match column.shown {
                Some(true) => "[x]",
                Some(false) => "[ ]",
                None => "[~]",
            };
            put(buffer, inner, inner.x + 1, y, 4, mark, theme.style(Role::Key));
            put(buffer, inner, inner.x + 5, y, 16, column.kind.heading(), theme.style(Role::Text));
            let width = match (column.width, column.shown) {
                (Some(width), _) => format!("{width} cells"),
                (None, None) => "on wide screens".to_owned(),
                (None, _) => "as needed".to_owned(),
            };
            put(buffer, inner, inner.x + 20, y, 18, &width, theme.style(Role::Dim));
            if at == self.at {
                paint(buffer, Rect { y, height: 1, ..inner }, theme.style(Role::Selected));
            }
        }
    }

    fn prepare(&mut self, _area: Rect, _model: &mut Model) -> bool {
        true
    }

    fn hints(&self, _model: &Model) -> Vec<(&'static str, &'static str)> {
        vec![("Space", "on/off"), ("< >", "width"), ("Esc", "close")]
    }
}

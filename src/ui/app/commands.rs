//! What screens and keys ask of the program: other screens, filters, packets,
//! captures, the end.

use super::App;
use crate::base::PacketId;
use crate::session::problems::Kind;
use crate::ui::find::Sought;
use crate::ui::model::Came;
use crate::ui::options::Choice;
use crate::ui::quit::AskQuit;
use crate::ui::screen::{Command, Reply};
use crate::ui::text;

/// Screens that a way back leads through.
const WAY: usize = 16;

impl App {
    pub(super) fn back(&mut self) {
        if self.layers.pop().is_some() {
            if self.model.capture.is_none() && self.layers.is_empty() {
                self.over = true;
            }
            return;
        }
        let Some(capture) = &mut self.model.capture else { return };
        if self.shown == 1 && capture.find.take().is_some() {
            return;
        }
        if let Some(came) = self.model.came.pop() {
            self.shown = came.screen;
            if let Some(filter) = came.filter {
                capture.refilter(filter);
            }
        } else if self.shown != 1 {
            self.shown = 1;
        } else if capture.filter.is_some() {
            self.apply_filter("");
        }
    }

    pub(super) fn screen(&mut self, number: u8) {
        if self.screens.iter().any(|row| row.0 == number) {
            self.layers.clear();
            self.model.came.clear();
            self.shown = number;
        }
    }

    /// The same, with a way back.
    fn visit(&mut self, number: u8) {
        if number == self.shown {
            return;
        }
        let mut came = std::mem::take(&mut self.model.came);
        if came.len() >= WAY {
            came.remove(0);
        }
        came.push(Came { screen: self.shown, filter: None });
        self.screen(number);
        self.model.came = came;
    }

    /// To the packets, by a filter that the way back takes away again.
    fn visit_filtered(&mut self) {
        if self.shown == 1 {
            return;
        }
        self.visit(1);
        if let (Some(came), Some(capture)) = (self.model.came.last_mut(), &mut self.model.capture) {
            came.filter.get_or_insert_with(|| capture.filter.take());
        }
    }

    pub(super) fn quit(&mut self) {
        let unsaved = self.model.capture.as_ref().is_some_and(|capture| {
            capture.live.as_ref().is_some_and(|live| !live.saved) && capture.progress().indexed > 0
        });
        if unsaved {
            self.layers.push(Box::new(AskQuit));
        } else {
            self.over = true;
        }
    }

    pub(super) fn apply_filter(&mut self, text: &str) {
        let Some(capture) = &mut self.model.capture else { return };
        match capture.filter(text) {
            Ok(()) => self.filter.accept(text),
            Err(error) => self.filter.refuse(text, error),
        }
    }

    /// Shows a packet, and what is wrong with it where that is wanted.
    fn go_to(&mut self, id: PacketId, trouble: Option<Kind>) {
        self.layers.clear();
        self.visit(1);
        let Some(capture) = &mut self.model.capture else { return };
        capture.follow = false;
        if id >= capture.progress().indexed {
            self.message.say(format!("there is no packet {}", text::grouped(id + 1)));
        }
        capture.select(id);
        capture.trouble = trouble;
        if capture.matches().is_some_and(|matches| !matches.contains(id)) {
            self.message.say("the filter hides this packet: Esc shows all".to_owned());
        }
    }

    pub(super) fn reply(&mut self, reply: Reply) {
        let Reply::Do(command) = reply else { return };
        match command {
            Command::Show(number) => self.screen(number),
            Command::Push(layer) => self.layers.push(layer),
            Command::Pop => {
                self.layers.pop();
            }
            Command::GoTo(id) => self.go_to(id, None),
            Command::GoToTrouble(id, kind) => self.go_to(id, Some(kind)),
            Command::Stream(shown) => {
                self.visit(3);
                if let Some(capture) = &mut self.model.capture {
                    capture.stream = Some(shown);
                }
            }
            Command::Flow(flow) => {
                self.visit(2);
                if let Some(capture) = &mut self.model.capture {
                    capture.flow = Some(flow);
                }
            }
            Command::Lookup(transaction) => {
                self.visit(4);
                if let Some(capture) = &mut self.model.capture {
                    capture.lookup = Some(transaction);
                }
            }
            Command::Filter(text) => {
                self.visit_filtered();
                self.apply_filter(&text);
            }
            Command::Accept(text) => {
                // What is typed among the packets stays until it is taken away there.
                if matches!(self.shown, 1 | 3) {
                    self.screen(1);
                }
                self.apply_filter(&text);
            }
            Command::FilterWith(text, test) => {
                self.visit_filtered();
                self.filter.accept(&text);
                if let Some(capture) = &mut self.model.capture {
                    capture.filter_with(text, test);
                }
            }
            Command::EditFilter(text) => {
                self.visit(1);
                self.filter.open(text);
            }
            Command::Typed(text) => {
                self.layers.pop();
                if let Some((_, screen)) = self.screens.iter_mut().find(|row| row.0 == self.shown) {
                    let reply = screen.typed(&text, &mut self.model);
                    self.reply(reply);
                }
            }
            Command::Find(needle) => {
                self.layers.pop();
                if let Some(capture) = &mut self.model.capture {
                    let sought = Sought::Text(needle);
                    capture.sought = Some(sought.clone());
                    capture.start_find(sought, true);
                }
            }
            Command::SelectNode(node) => {
                self.layers.pop();
                if let Some(capture) = &mut self.model.capture {
                    capture.node = Some(node);
                }
            }
            Command::Say(text) => self.message.say(text),
            Command::Act(action) => {
                self.layers.pop();
                self.act(action, None);
            }
            Command::Open(choice) => self.open(&choice),
            Command::Quit => self.over = true,
        }
    }

    fn open(&mut self, choice: &Choice) {
        let Some(open) = self.open.clone() else { return };
        match open(choice) {
            Ok(opened) => {
                self.layers.clear();
                self.show(opened);
            }
            Err(text) => self.message.say(text),
        }
    }
}

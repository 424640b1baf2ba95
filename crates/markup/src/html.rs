//! What markup is made of.

use crate::{Value, each::Keyed, template::Template};
use leptos::{
    html::ElementType,
    prelude::{AnyView, NodeRef},
    tachys::html::{event::EventDescriptor, node_ref::NodeRefContainer},
};
use send_wrapper::SendWrapper;
use std::borrow::Cow;
use wasm_bindgen::{JsCast, JsValue};

/// A piece of a page. Kept to four words, whatever it holds: pages are mostly code that hands these on.
pub enum Html {
    /// Nothing; a comment keeps its place, so that something can come there.
    Nothing,
    Text(Cow<'static, str>),
    Element(Box<Element>),
    /// A fixed number of pieces, one after the other.
    Row(Vec<Html>),
    /// As many pieces as there are at the moment, without identity: the third is updated to what is third now.
    List(Vec<Html>),
    /// Pieces that stay who they are; see [`crate::each`].
    Keyed(Box<(Vec<u128>, Keyed)>),
    /// Made again whenever a signal changes that was read while making it.
    Live(Box<dyn FnMut() -> Html + Send>),
    /// A view of Leptos's own: the router, `Transition`, `For`.
    View(Box<AnyView>),
}

/// An element with all that is known of it.
pub struct Element {
    pub(crate) template: Template,
    pub(crate) settings: Vec<Setting>,
    pub(crate) events: Vec<Listener>,
    pub(crate) reference: Option<Reference>,
    pub(crate) children: Vec<Html>,
}

/// Gets the element once it exists.
pub(crate) type Reference = Box<dyn FnOnce(&web_sys::Element) + Send>;

/// Something of an element that is computed.
pub(crate) struct Setting {
    pub(crate) what: What,
    pub(crate) value: Value,
}

/// What a setting sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Attribute(&'static str),
    /// A class, there or not. Not beside a `class` attribute that changes: that would wipe it out.
    Class(&'static str),
    /// A property of the DOM's object: what the person sees, where the attribute is only how it began.
    Property(&'static str),
}

/// A handler; it never leaves the browser's one thread.
pub(crate) struct Listener {
    pub(crate) event: Cow<'static, str>,
    pub(crate) handler: SendWrapper<Box<dyn FnMut(JsValue)>>,
}

impl Element {
    #[must_use]
    pub fn new(template: &'static str) -> Box<Self> {
        Box::new(Self { template: Template(template), settings: Vec::new(), events: Vec::new(), reference: None, children: Vec::new() })
    }

    pub fn child(&mut self, child: Html) {
        self.children.push(child);
    }

    pub fn element(&mut self, child: Box<Element>) {
        self.children.push(Html::Element(child));
    }

    pub fn text(&mut self, words: &'static str) {
        self.children.push(crate::text(words));
    }

    pub fn attribute(&mut self, name: &'static str, value: Value) {
        self.settings.push(Setting { what: What::Attribute(name), value });
    }

    pub fn class(&mut self, name: &'static str, value: Value) {
        self.settings.push(Setting { what: What::Class(name), value });
    }

    pub fn property(&mut self, name: &'static str, value: Value) {
        self.settings.push(Setting { what: What::Property(name), value });
    }

    /// Nothing happens on a server, so handlers are not even kept there.
    pub fn on<E: EventDescriptor>(&mut self, event: E, mut handler: impl FnMut(E::EventType) + 'static)
    where
        E::EventType: JsCast,
    {
        if cfg!(target_family = "wasm") {
            let handler = Box::new(move |event: JsValue| handler(event.unchecked_into()));
            self.events.push(Listener { event: event.name(), handler: SendWrapper::new(handler) });
        }
    }

    pub fn reference<E>(&mut self, node: NodeRef<E>)
    where
        E: ElementType + 'static,
        E::Output: JsCast + 'static,
    {
        self.reference = Some(Box::new(move |element| node.load(element)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_small() {
        let word = size_of::<usize>();
        assert!(size_of::<Html>() <= 4 * word && size_of::<Value>() <= 4 * word);
    }
}

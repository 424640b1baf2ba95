//! An element: all that is fixed of it as one constant, then a statement for each thing that is computed.

use crate::{Language, names, single};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeElement, NodeName};
use syn::{Expr, ExprLit, Lit, spanned::Spanned};

// The marks of a template; `markup::template` reads them. No text has these characters.
const SVG: char = '\u{1d}';
const TEXT: char = '\u{1e}';
const PART: char = '\u{1f}';

pub(crate) fn to_tokens(element: &NodeElement<rstml::Infallible>, language: Language) -> syn::Result<TokenStream> {
    let element = boxed(element, language)?;
    Ok(quote!(::markup::Html::Element(#element)))
}

/// The element itself; one inside another is handed on as it is.
fn boxed(element: &NodeElement<rstml::Infallible>, language: Language) -> syn::Result<TokenStream> {
    let tag = names::in_html(element.name());
    let language = if names::is_svg(&tag) { Language::Svg } else { language };
    let mut template = if language == Language::Svg { format!("{SVG}{tag}") } else { tag };
    let mut statements = Vec::new();
    for attribute in element.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return Err(syn::Error::new(attribute.span(), "Attributes cannot be spread here: name each one."));
        };
        match constant(attribute) {
            Some((name, value)) => template.push_str(&format!("{PART}{name}{PART}{value}")),
            None => statements.push(computed(attribute)?),
        }
    }
    match only_text(&element.children) {
        Some(text) => template.push_str(&format!("{TEXT}{text}")),
        None => {
            for child in &element.children {
                statements.extend(inside(child, language)?);
            }
        }
    }
    let new = quote!(::markup::Element::new(#template));
    if statements.is_empty() {
        return Ok(new);
    }
    Ok(quote! {{
        let mut element = #new;
        #(#statements)*
        element
    }})
}

/// The statement that puts a child into `element`.
fn inside(child: &Node, language: Language) -> syn::Result<Option<TokenStream>> {
    Ok(match child {
        Node::Text(text) => {
            let text = &text.value;
            Some(quote!(element.text(#text);))
        }
        Node::Element(child) if !names::is_component(child.name()) => {
            let child = boxed(child, language)?;
            Some(quote!(element.element(#child);))
        }
        child => single(child, language)?.map(|child| quote!(element.child(#child);)),
    })
}

/// The words of an element that holds nothing else.
fn only_text(children: &[Node]) -> Option<String> {
    match children {
        [Node::Text(text)] => Some(text.value.value()),
        [Node::RawText(raw)] => Some(raw.to_string_best()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}

/// An attribute that never changes: a string, or a name alone.
fn constant(attribute: &KeyedAttribute) -> Option<(String, String)> {
    let name = names::in_html(&attribute.key);
    if name.contains(':') || name == "node_ref" {
        return None;
    }
    match attribute.value() {
        None => Some((name, String::new())),
        Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Some((name, text.value())),
        Some(_) => None,
    }
}

fn computed(attribute: &KeyedAttribute) -> syn::Result<TokenStream> {
    let name = names::in_html(&attribute.key);
    let span = attribute.key.span();
    let value = attribute.value().ok_or_else(|| syn::Error::new(span, "This needs a value."))?;
    let value = unbraced(value);
    if name == "node_ref" {
        return Ok(quote_spanned!(span=> element.reference(#value);));
    }
    let Some((kind, what)) = name.split_once(':') else {
        return Ok(quote_spanned!(span=> element.attribute(#name, ::markup::IntoValue::into_value(#value));));
    };
    match kind {
        "on" => {
            let event = format_ident!("{what}", span = event_span(&attribute.key));
            Ok(quote_spanned!(span=> element.on(::markup::events::#event, #value);))
        }
        "class" => Ok(quote_spanned!(span=> element.class(#what, ::markup::IntoValue::into_value(#value));)),
        "prop" => Ok(quote_spanned!(span=> element.property(#what, ::markup::IntoValue::into_value(#value));)),
        _ => Err(syn::Error::new(span, format!("`{kind}:` does not exist here; there are `on:`, `class:` and `prop:`."))),
    }
}

/// The span of the word behind `on:`, so that an unknown event is underlined and not the whole attribute.
fn event_span(key: &NodeName) -> proc_macro2::Span {
    match key {
        NodeName::Punctuated(parts) => parts.last().map_or_else(|| key.span(), Spanned::span),
        NodeName::Path(_) | NodeName::Block(_) => key.span(),
    }
}

/// `{value}` as `value`.
pub(crate) fn unbraced(value: &Expr) -> TokenStream {
    if let Expr::Block(block) = value
        && let [syn::Stmt::Expr(inner, None)] = block.block.stmts.as_slice()
    {
        return quote!(#inner);
    }
    quote!(#value)
}

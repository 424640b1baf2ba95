//! A component: Leptos's own builder of its properties, and its children as a closure.

use crate::{Language, element::unbraced, together};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use rstml::node::{KeyedAttribute, KeyedAttributeValue, NodeAttribute, NodeElement};
use syn::spanned::Spanned;

pub(crate) fn to_tokens(component: &NodeElement<rstml::Infallible>) -> syn::Result<TokenStream> {
    let name = component.name();
    let (mut properties, mut given) = (Vec::new(), TokenStream::new());
    for attribute in component.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return Err(syn::Error::new(attribute.span(), "Properties cannot be spread here: name each one."));
        };
        match &attribute.possible_value {
            // `let(row)`: what the component gives to its children.
            KeyedAttributeValue::Binding(binding) => {
                let inputs = &binding.inputs;
                given = quote!(#inputs);
            }
            _ => properties.push(property(attribute)),
        }
    }
    let children = children(component, &given)?;
    Ok(quote_spanned! {name.span()=>
        ::markup::component(::leptos::component::component_view(
            #name,
            ::leptos::component::component_props_builder(&#name) #(#properties)* #children .build(),
        ))
    })
}

/// A name alone gives the variable of that name.
fn property(attribute: &KeyedAttribute) -> TokenStream {
    let key = &attribute.key;
    match attribute.value() {
        Some(value) => {
            let value = unbraced(value);
            quote!(.#key(#value))
        }
        None => quote!(.#key(#key)),
    }
}

fn children(component: &NodeElement<rstml::Infallible>, given: &TokenStream) -> syn::Result<TokenStream> {
    if component.children.is_empty() {
        return Ok(TokenStream::new());
    }
    let html = together(&component.children, Language::Html)?;
    Ok(if given.is_empty() {
        quote!(.children(::leptos::children::ToChildren::to_children(move || #html)))
    } else {
        quote!(.children(move |#given| #html))
    })
}

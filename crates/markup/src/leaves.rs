//! What a piece of a page and the value of an attribute are both made from: numbers, closures and signals.

/// Implements `$trait` for them; `$type` has the variants `Text` and `Live`.
macro_rules! leaves {
    ($trait:ident, $into:ident, $type:ident) => {
        leaves!(@numbers $trait, $into, $type, i32 i64 u32 u64 usize);
        leaves!(@signals $trait, $into, $type, Memo RwSignal Signal);

        impl<F, T> $trait for F
        where
            F: FnMut() -> T + Send + 'static,
            T: $trait,
        {
            fn $into(mut self) -> $type {
                $type::Live(Box::new(move || self().$into()))
            }
        }
    };
    (@numbers $trait:ident, $into:ident, $type:ident, $($number:ty)*) => {$(
        impl $trait for $number {
            fn $into(self) -> $type {
                $type::Text(std::borrow::Cow::Owned(self.to_string()))
            }
        }
    )*};
    (@signals $trait:ident, $into:ident, $type:ident, $($signal:ident)*) => {$(
        impl<T: $trait + Clone + Send + Sync + 'static> $trait for leptos::prelude::$signal<T> {
            fn $into(self) -> $type {
                $type::Live(Box::new(move || leptos::prelude::Get::get(&self).$into()))
            }
        }
    )*};
}

// Which functions do two elements in Rust give their classes and pads? Compared by their symbols in test/e2e/rust-element.test.ts.
// SPDX-License-Identifier: MPL-2.0
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::subclass::prelude::*;
use std::sync::LazyLock;

/// Nothing about it is special, like most filters of gst-plugins-rs.
mod filter {
    use super::*;

    #[derive(Default)]
    pub struct Filter;

    #[glib::object_subclass]
    impl ObjectSubclass for Filter {
        const NAME: &'static str = "TruthFilter";
        type Type = super::Filter;
        type ParentType = gst_base::BaseTransform;
    }

    impl ObjectImpl for Filter {}
    impl GstObjectImpl for Filter {}

    impl ElementImpl for Filter {
        fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
            Some(metadata("A filter in Rust", "Filter"))
        }

        fn pad_templates() -> &'static [gst::PadTemplate] {
            templates()
        }
    }

    impl BaseTransformImpl for Filter {
        const MODE: gst_base::subclass::BaseTransformMode = gst_base::subclass::BaseTransformMode::AlwaysInPlace;
        const PASSTHROUGH_ON_SAME_CAPS: bool = false;
        const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;

        fn transform_ip(&self, _: &mut gst::BufferRef) -> Result<gst::FlowSuccess, gst::FlowError> {
            Ok(gst::FlowSuccess::Ok)
        }
    }
}

/// It makes its pads itself, with closures for their functions.
mod relay {
    use super::*;

    pub struct Relay {
        sink: gst::Pad,
        src: gst::Pad,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for Relay {
        const NAME: &'static str = "TruthRelay";
        type Type = super::Relay;
        type ParentType = gst::Element;

        fn with_class(klass: &Self::Class) -> Self {
            let sink = gst::Pad::builder_from_template(&klass.pad_template("sink").unwrap())
                .chain_function(|_, parent, buffer| {
                    Relay::catch_panic_pad_function(
                        parent,
                        || Err(gst::FlowError::Error),
                        |relay| relay.src.push(buffer),
                    )
                })
                .build();
            let src = gst::Pad::from_template(&klass.pad_template("src").unwrap());
            Self { sink, src }
        }
    }

    impl ObjectImpl for Relay {
        fn constructed(&self) {
            self.parent_constructed();
            self.obj().add_pad(&self.sink).unwrap();
            self.obj().add_pad(&self.src).unwrap();
        }
    }
    impl GstObjectImpl for Relay {}

    impl ElementImpl for Relay {
        fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
            Some(metadata("A relay in Rust", "Generic"))
        }

        fn pad_templates() -> &'static [gst::PadTemplate] {
            templates()
        }
    }
}

glib::wrapper! {
    pub struct Filter(ObjectSubclass<filter::Filter>) @extends gst_base::BaseTransform, gst::Element, gst::Object;
}
glib::wrapper! {
    pub struct Relay(ObjectSubclass<relay::Relay>) @extends gst::Element, gst::Object;
}

fn metadata(name: &'static str, class: &'static str) -> &'static gst::subclass::ElementMetadata {
    Box::leak(Box::new(gst::subclass::ElementMetadata::new(name, class, "An element of a test", "gst-pyroscope")))
}

fn templates() -> &'static [gst::PadTemplate] {
    static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
        let any = gst::Caps::new_any();
        [("src", gst::PadDirection::Src), ("sink", gst::PadDirection::Sink)]
            .map(|(name, direction)| gst::PadTemplate::new(name, direction, gst::PadPresence::Always, &any).unwrap())
            .to_vec()
    });
    TEMPLATES.as_ref()
}

fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    gst::Element::register(Some(plugin), "truthfilter", gst::Rank::NONE, Filter::static_type())?;
    gst::Element::register(Some(plugin), "truthrelay", gst::Rank::NONE, Relay::static_type())
}

gst::plugin_define!(truth, "elements of a test", plugin_init, "0.0.0", "MPL", "gst-pyroscope", "gst-pyroscope", "none");

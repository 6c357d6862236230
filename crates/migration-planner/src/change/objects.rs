//! Changes of objects that are known by the statement that creates them.

use super::Change;
use crate::name::ObjectName;
use crate::schema::{Object, ObjectKind};

impl Change {
    /// Create a view, function, trigger, type, sequence, policy or the like.
    ///
    /// ```
    /// use migration_planner::{Change, Object};
    ///
    /// let names = Object::parse("CREATE VIEW names AS SELECT name FROM users").expect("it is a view");
    /// assert_eq!(Change::create(names).to_string(), "create view names");
    /// ```
    pub fn create(object: Object) -> Self {
        Self::Create { object: Box::new(object) }
    }

    /// Put another definition in the place of the one there is: of a view, a function, a trigger, a policy.
    pub fn replace(object: Object) -> Self {
        Self::Replace { object: Box::new(object) }
    }

    /// Remove an object once nobody uses it.
    pub fn drop_object(kind: ObjectKind, name: impl Into<ObjectName>) -> Self {
        Self::Drop { kind, name: name.into(), arguments: None, on: None }
    }

    /// Remove the trigger, the policy or the rule `name` of `table`.
    pub fn drop_object_of(table: impl Into<ObjectName>, kind: ObjectKind, name: impl Into<ObjectName>) -> Self {
        Self::Drop { kind, name: name.into(), arguments: None, on: Some(table.into()) }
    }

    /// For a function that is removed: which of those that share its name, by the types of its arguments. Has no effect on
    /// other changes.
    #[must_use]
    pub fn taking(mut self, types: impl Into<String>) -> Self {
        if let Self::Drop { arguments, .. } = &mut self {
            *arguments = Some(types.into());
        }
        self
    }

    /// Give a type, sequence, schema or view another name.
    pub fn rename_object(kind: ObjectKind, name: impl Into<ObjectName>, to: impl Into<String>) -> Self {
        Self::Rename { kind, name: name.into(), to: to.into() }
    }

    /// Fill a materialized view anew.
    pub fn refresh_view(view: impl Into<ObjectName>) -> Self {
        Self::RefreshView { view: view.into() }
    }

    /// Bring an extension to another version. It cannot be taken back, since extensions bring no way down.
    pub fn update_extension(name: impl Into<String>, to: impl Into<String>) -> Self {
        Self::UpdateExtension { name: name.into(), to: to.into() }
    }

    /// Add a value to an enum, before another one or at the end. It cannot be taken away again.
    pub fn add_enum_value(name: impl Into<ObjectName>, value: impl Into<String>, before: Option<&str>) -> Self {
        Self::AddEnumValue { name: name.into(), value: value.into(), before: before.map(str::to_owned) }
    }

    /// Give a value of an enum another name: programs that compare with the old one stop working at that moment.
    pub fn rename_enum_value(name: impl Into<ObjectName>, value: impl Into<String>, to: impl Into<String>) -> Self {
        Self::RenameEnumValue { name: name.into(), value: value.into(), to: to.into() }
    }

    /// Add a table, or these columns of it, to a publication.
    pub fn publish<C: Into<String>>(
        publication: impl Into<String>,
        table: impl Into<ObjectName>,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        Self::Publish {
            publication: publication.into(),
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }

    /// Take a table out of a publication, once no subscriber needs it.
    pub fn unpublish(publication: impl Into<String>, table: impl Into<ObjectName>) -> Self {
        Self::Unpublish { publication: publication.into(), table: table.into() }
    }
}

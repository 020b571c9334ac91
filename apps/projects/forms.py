"""Forms of the project pages."""

from __future__ import annotations

from django import forms

from apps.projects.models import Membership, Project


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new project. The service judges the values; this only reads them."""

    field_order = ["name", "slug", "description", "classes"]
    classes = forms.CharField(
        label="Annotation classes",
        help_text="One a line, 2 to 1,000. Their order is kept.",
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    class Meta:
        model = Project
        fields = ["name", "slug", "description", "training_size", "channels", "least_side"]
        help_texts = {"slug": "Its name in addresses: letters, digits and hyphens."}
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}

    def clean_classes(self) -> list[str]:
        return [line for line in self.cleaned_data["classes"].splitlines() if line.strip()]


class MemberForm(forms.Form):
    """Who is given which role."""

    username = forms.CharField(max_length=150)
    role = forms.ChoiceField(choices=Membership.Role.choices)

"""What a visitor may send: a few numbers."""

from django import forms


class NumbersForm(forms.Form):
    numbers = forms.CharField(label="Numbers to add up, one a second", max_length=100, initial="1 2 3 4 5 6 7 8 9 10")

    def clean_numbers(self):
        return [number(word) for word in self.cleaned_data["numbers"].split()]


def number(word):
    try:
        return forms.FloatField().clean(word)  # no infinity and no NaN: JSON cannot hold them
    except forms.ValidationError:
        raise forms.ValidationError(f"“{word}” is no number. Put spaces between numbers.") from None

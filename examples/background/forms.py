"""What a visitor may send: a few numbers."""

from django import forms


class NumbersForm(forms.Form):
    numbers = forms.CharField(label="Numbers to add up, one a second", max_length=100, initial="1 2 3 4 5 6 7 8 9 10")

    def clean_numbers(self):
        number = forms.FloatField()  # it refuses infinity and NaN, which JSON cannot hold
        return [number.clean(word) for word in self.cleaned_data["numbers"].split()]

from django.db import migrations, models

import accounts.models.branding


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_mail"),
    ]

    operations = [
        migrations.CreateModel(
            name="Logo",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="SHA-256")),
                ("media_type", models.CharField(max_length=20)),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="BrandingSettings",
            fields=[],
            options={
                "verbose_name": "settings of branding",
                "verbose_name_plural": "branding",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("accounts.generalsettings",),
        ),
        migrations.AddField(
            model_name="generalsettings",
            name="brand_accent",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Such as #3b5bdb: buttons have exactly this colour. Links have it where it can be read, or else the nearest that can. Blank: the product's.",
                max_length=7,
                validators=[accounts.models.branding.validate_brand_accent],
                verbose_name="accent colour",
            ),
        ),
        migrations.AddField(
            model_name="generalsettings",
            name="brand_logo",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="generalsettings",
            name="brand_name",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="At the top of every page, in titles and in mails. Blank: the product's name; in mails TENANT_NAME.",
                max_length=60,
                validators=[accounts.models.branding.validate_brand_name],
                verbose_name="name of the organisation",
            ),
        ),
    ]
